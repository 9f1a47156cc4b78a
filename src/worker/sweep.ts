// Tidies up after jobs whose worker died before it could: what ended elsewhere is finished here, what is old goes.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobKind } from '../app/index.ts';
import { isSystemError, NotFoundError } from '../core/index.ts';
import { isFinal, type Job, type Jobs } from '../jobs/index.ts';

export type SweepOptions = {
  readonly jobs: Jobs;
  readonly kinds: readonly JobKind[];
  readonly retentionMs: number;
  /** Whether a job runs in this process. */
  readonly isBusy: (id: string) => boolean;
};

/** Looks through the directories of jobs. */
export async function sweep(directory: string, options: SweepOptions): Promise<void> {
  for (const id of await directoriesIn(directory)) {
    if (options.isBusy(id)) continue;
    const job = await find(options.jobs, id);
    const place = join(directory, id);
    const since = job === undefined ? (await stat(place)).mtimeMs : job.finishedAt;
    if (since !== null && since < Date.now() - options.retentionMs)
      await rm(place, { recursive: true, force: true });
    else if (job !== undefined && isFinal(job.state))
      await options.kinds.find(({ name }) => name === job.kind)?.ended(job, place);
  }
}

/** Undefined for a job that this queue does not know: forgotten, or another database's. */
async function find(jobs: Jobs, id: string): Promise<Job | undefined> {
  try {
    return await jobs.get(id);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function directoriesIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
}
