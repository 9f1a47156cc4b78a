// What the DPO face works with.
import type { ModelCatalogue, NewFineTuneSpec } from '../../app/index.ts';
import type { Files } from '../../files/index.ts';
import type { Job, Jobs } from '../../jobs/index.ts';
import type { JobOrigin } from '../../platform/index.ts';
import type { DpoConfig } from './config.ts';
import type { RateLimit } from './rate-limit.ts';

/** A run to be queued. */
export type RunRequest = {
  readonly owner: string;
  readonly spec: NewFineTuneSpec;
  /** The protocol by which it was asked. */
  readonly face: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly groupKey: string;
  readonly origin: JobOrigin;
  /** Asked again within the time, the same job is answered. */
  readonly dedupe: { readonly key: string; readonly withinMs: number } | undefined;
};

/** The services behind the face. */
export type DpoServices = {
  readonly files: Files;
  readonly jobs: Jobs;
  readonly models: ModelCatalogue;
  readonly submitFineTune: (
    request: RunRequest,
  ) => Promise<{ readonly job: Pick<Job, 'id'>; readonly duplicate: boolean }>;
  /** As `Jobs.cancel`, and removes what the job alone used. */
  readonly cancelFineTune: (
    id: string,
    options: { readonly owner: string | undefined },
  ) => Promise<Pick<Job, 'id' | 'state'>>;
};

/** How the face is set up. */
export type DpoSettings = {
  readonly config: DpoConfig;
  /** Hone's version. */
  readonly version: string;
  /** Aborts when the server stops: whoever waits for the end of a run is told then. */
  readonly stopping: AbortSignal;
  /** The clock, in ms since 1970. */
  readonly now?: () => number;
};

export type DpoContext = DpoServices &
  Required<DpoSettings> & {
    readonly startedAt: number;
    readonly rateLimit: RateLimit;
  };
