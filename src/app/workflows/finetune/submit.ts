// Puts a fine-tuning job into the queue, and reads one that is there.
import { timeOrderedId } from '../../../core/index.ts';
import type { FileRecord } from '../../../files/index.ts';
import { isFinal, type Job } from '../../../jobs/index.ts';
import { type JobOrigin, originLabels } from '../../../platform/index.ts';
import { validateConfig } from '../../../workspace/index.ts';
import { JobFault } from '../../job-process/index.ts';
import { deleteJobFiles, notifyOwner } from './ended.ts';
import { createdEvent } from './events.ts';
import { fineTuneKind } from './kind.ts';
import type { FineTuneServices } from './services.ts';
import {
  type FineTuneProgress,
  type FineTuneResult,
  type FineTuneSpec,
  fineTuneSchema,
  type NewFineTuneSpec,
} from './spec.ts';
import { checkOverrides } from './train-config.ts';

/** What a face asks for. */
export type FineTuneRequest = {
  /** Who asks, and whose the model will be. */
  readonly owner: string;
  readonly spec: NewFineTuneSpec;
  /** The protocol by which it was asked: the label `hone.face`. */
  readonly face: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The request that asked. */
  readonly origin?: JobOrigin;
  /** Asked again within the time, the same job is answered. */
  readonly dedupe?: { readonly key: string; readonly withinMs: number } | undefined;
  /** `ftjob-...` unless given. */
  readonly id?: string;
  readonly priority?: number;
  /** As the queue has it: workers limit how many of a group run at once. */
  readonly groupKey?: string;
};

/** A job of this kind, with what it holds in its types. */
export type FineTuneJob = Omit<Job, 'spec' | 'progress' | 'result'> & {
  readonly spec: FineTuneSpec;
  readonly progress: FineTuneProgress | null;
  readonly result: FineTuneResult | null;
};

/** The label that says by which protocol a job was asked for. */
export const faceLabel = 'hone.face';

/** Starts that may be lost without getting to another checkpoint. */
const maxAttempts = 8;

/** The purpose that an uploaded file must have. */
const purpose = 'fine-tune';

/**
 * Submits a job. What can be known at once is checked now, the content of the files in the job.
 * @throws NotFoundError for a model or a file that is not there; JobFault (`invalid_file_purpose`) for a file that was uploaded for
 * something else; InputErrors for a specification that is none
 */
export async function submitFineTune(
  services: FineTuneServices,
  { owner, face, labels = {}, origin, dedupe, id = timeOrderedId('ftjob-'), ...request }: FineTuneRequest,
): Promise<{ readonly job: FineTuneJob; readonly duplicate: boolean }> {
  const spec = readSpec(request.spec);
  checkOverrides(spec);
  const { catalogue, stores } = services;
  await catalogue.get(spec.model, { owner });
  checkPurpose(await stores.files.get(spec.trainingFile, { owner }), 'training_file');
  if (spec.validationFile !== null)
    checkPurpose(await stores.files.get(spec.validationFile, { owner }), 'validation_file');
  const { job, duplicate } = await stores.jobs.submit({
    id,
    kind: fineTuneKind,
    owner,
    spec,
    labels: { [faceLabel]: face, ...(origin && originLabels(origin)), ...labels },
    maxAttempts,
    ...(request.priority !== undefined && { priority: request.priority }),
    ...(request.groupKey !== undefined && { groupKey: request.groupKey }),
    dedupeKey: dedupe && { key: dedupe.key, withinMs: dedupe.withinMs },
  });
  const { event, options } = createdEvent(job.id);
  await stores.jobs.emit(job.id, event, options);
  return { job: fineTuneJob(job), duplicate };
}

/** Cancels a job; one that did not run leaves no files of its caller's behind. @throws NotFoundError, StateError as `Jobs.cancel` */
export async function cancelFineTune(
  services: FineTuneServices,
  id: string,
  { owner }: { readonly owner?: string | undefined } = {},
): Promise<FineTuneJob> {
  const job = await services.stores.jobs.cancel(id, { owner });
  if (isFinal(job.state)) {
    await notifyOwner(services, job);
    await deleteJobFiles(services, job);
  }
  return fineTuneJob(job);
}

/** A job as it stands in the queue, read. The kind's own code alone writes what it holds. */
export function fineTuneJob(job: Job): FineTuneJob {
  return {
    ...job,
    spec: fineTuneSchema.parse(job.spec),
    progress: job.progress as FineTuneProgress | null,
    result: job.result as FineTuneResult | null,
  };
}

/** @throws InputErrors that names every member that is wrong */
function readSpec(spec: NewFineTuneSpec): FineTuneSpec {
  return validateConfig(fineTuneSchema, {
    values: spec,
    ...{ file: undefined, missing: [], placeOf: () => undefined },
  });
}

function checkPurpose(file: FileRecord, param: string): void {
  if (file.purpose === purpose) return;
  throw new JobFault(
    `Cannot tune with the file '${file.id}': it was uploaded for '${file.purpose}'; upload it with the purpose '${purpose}'`,
    { code: 'invalid_file_purpose', param },
  );
}
