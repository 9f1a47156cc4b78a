// What is done once a job has ended, whoever carried it out and however it ended: in the worker, so that no killed process can prevent it.
import { NotFoundError } from '../../../core/index.ts';
import type { Job } from '../../../jobs/index.ts';
import { artifactPath } from '../../../store/index.ts';
import { keepRecordsOnly } from './job-directory.ts';
import type { FineTuneServices } from './services.ts';
import { fineTuneSchema } from './spec.ts';
import { runIdOf } from './tuned-id.ts';

/** Tells how the job ended, removes what was there for it alone, and ends its record. Again changes nothing. */
export async function finishFineTune(
  services: FineTuneServices,
  { job, directory }: { readonly job: Job; readonly directory: string },
): Promise<void> {
  await tellEnd(services, job);
  await notifyOwner(services, job);
  await deleteJobFiles(services, job);
  await endRecord(services, job);
  await ifThere(services.stores.jobStore.delete(artifactPath(job.id)));
  await keepRecordsOnly(directory);
}

/** Removes the files that were uploaded for this job alone. */
export async function deleteJobFiles({ stores }: FineTuneServices, job: Job): Promise<void> {
  const { deleteFiles, trainingFile, validationFile } = fineTuneSchema.parse(job.spec);
  if (!deleteFiles) return;
  for (const id of [trainingFile, validationFile])
    if (id !== null) await ifThere(stores.files.delete(id, { owner: job.owner }));
}

/** Tells the owner's webhooks, once for each end. */
export async function notifyOwner({ stores }: FineTuneServices, { id, owner, state }: Job): Promise<void> {
  if (state !== 'succeeded' && state !== 'failed' && state !== 'cancelled') return;
  await stores.webhooks.enqueue({
    ...{ owner, type: `fine_tuning.job.${state}`, data: { id } },
    key: `${id}/ended`,
  });
}

async function tellEnd({ stores }: FineTuneServices, job: Job): Promise<void> {
  if (job.state === 'cancelled')
    await stores.jobs.emit(job.id, { type: 'message', message: 'The job was cancelled' }, { once: 'ended' });
  if (job.state === 'failed')
    await stores.jobs.emit(
      job.id,
      { type: 'message', level: 'error', message: job.error?.message ?? 'The job failed' },
      { once: 'ended' },
    );
}

/** A process that was killed could not say that its run is over. */
async function endRecord({ stores }: FineTuneServices, job: Job): Promise<void> {
  const { runs } = stores.tracking;
  const runId = runIdOf(job.id);
  const info = await ifThere(runs.info(runId));
  if (info?.status !== 'RUNNING') return;
  const statuses = { succeeded: 'FINISHED', cancelled: 'KILLED' } as const;
  const status = job.state === 'succeeded' || job.state === 'cancelled' ? statuses[job.state] : 'FAILED';
  await runs.update(runId, { status, endTime: job.finishedAt ?? Date.now() });
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
