// What the OpenAI face works with.
import type { ModelCatalogue, NewFineTuneSpec, TextService } from '../../app/index.ts';
import type { Files } from '../../files/index.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { JobOrigin } from '../../platform/index.ts';
import type { FineTuneJob } from './fine-tuning/job-object.ts';

/** A fine-tuning job to be queued. */
export type FineTuneRequest = {
  readonly owner: string;
  readonly spec: NewFineTuneSpec;
  /** The protocol by which it was asked. */
  readonly face: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: JobOrigin;
  /** Asked again within the time, the same job is answered. */
  readonly dedupe: { readonly key: string; readonly withinMs: number } | undefined;
};

/** The services behind the face. */
export type OpenAiServices = {
  readonly files: Files;
  readonly jobs: Jobs;
  readonly models: ModelCatalogue;
  readonly texts: TextService;
  readonly submitFineTune: (
    request: FineTuneRequest,
  ) => Promise<{ readonly job: FineTuneJob; readonly duplicate: boolean }>;
  /** As `Jobs.cancel`, and removes what the job alone used. */
  readonly cancelFineTune: (id: string, options: { readonly owner: string | undefined }) => Promise<unknown>;
};

export type OpenAiContext = OpenAiServices & {
  /** Jobs whose creation is on its way, by owner and request. */
  readonly making: Map<string, Promise<FineTuneJob>>;
};
