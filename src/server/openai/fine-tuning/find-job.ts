// Fine-tuning jobs in the queue, as their callers may see them.
import { type Principal, visibleOwner } from '../../../access/index.ts';
import { fineTuneKind } from '../../../app/index.ts';
import { NotFoundError } from '../../../core/index.ts';
import type { Job, Jobs } from '../../../jobs/index.ts';
import { OpenAiError } from '../errors.ts';
import type { FineTuneJob } from './job-object.ts';

/** @throws OpenAiError `fine_tune_not_found`, for another owner's too */
export async function findJob(jobs: Jobs, id: string, principal: Principal): Promise<FineTuneJob> {
  const job = await jobs.get(id, { owner: visibleOwner(principal) }).catch((error: unknown) => {
    throw error instanceof NotFoundError ? notFound(id) : error;
  });
  if (job.kind !== fineTuneKind) throw notFound(id);
  return asFineTune(job);
}

/** A job of this kind holds what its workflow wrote. */
export function asFineTune(job: Job): FineTuneJob {
  return job as FineTuneJob;
}

function notFound(id: string): OpenAiError {
  return new OpenAiError(`Could not find fine tune: ${id}`, {
    status: 404,
    param: 'fine_tune_id',
    code: 'fine_tune_not_found',
  });
}
