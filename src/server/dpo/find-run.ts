// Runs: fine-tuning jobs that were asked for by this protocol, as their callers may see them.
import { type Principal, visibleOwner } from '../../access/index.ts';
import {
  type FineTuneProgress,
  type FineTuneResult,
  type FineTuneSpec,
  fineTuneKind,
} from '../../app/index.ts';
import { NotFoundError } from '../../core/index.ts';
import type { Job, Jobs } from '../../jobs/index.ts';
import { DpoError } from './errors.ts';
import { faceName } from './labels.ts';

/** A job with what it holds in its types. */
export type Run = Omit<Job, 'spec' | 'progress' | 'result'> & {
  readonly spec: FineTuneSpec;
  readonly progress: FineTuneProgress | null;
  readonly result: FineTuneResult | null;
};

/** @throws DpoError 404 for a run that is not there, 403 for another user's */
export async function findRun(jobs: Jobs, id: string, principal: Principal): Promise<Run> {
  const unknown = new DpoError(404, `The run '${id.slice(0, 200)}' does not exist`);
  // Databases take no text with a NUL in it
  if (!/^[\w.:-]{1,255}$/.test(id)) throw unknown;
  const job = await jobs.get(id).catch((error: unknown) => {
    throw error instanceof NotFoundError ? unknown : error;
  });
  if (job.kind !== fineTuneKind || job.labels['hone.face'] !== faceName) throw unknown;
  const owner = visibleOwner(principal);
  if (owner !== undefined && job.owner !== owner)
    throw new DpoError(403, `The run '${id}' is another user's; ask as the one who started it`);
  return asRun(job);
}

/** A job of this kind holds what its workflow wrote. */
export function asRun(job: Job): Run {
  return job as unknown as Run;
}
