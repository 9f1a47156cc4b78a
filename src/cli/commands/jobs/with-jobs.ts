// Opens the queue of the stores that a command's options name, for the time of the command.
import type { Stores, workflows } from '../../../app/index.ts';
import { type LocationOptions, locationsOf } from '../../location-options.ts';

/** The workflows over jobs. */
export type JobWorkflows = Awaited<ReturnType<(typeof workflows)['jobs']>>;

export async function withJobs<T>(
  options: LocationOptions,
  work: (workflows: JobWorkflows, jobs: Stores['jobs']) => Promise<T>,
): Promise<T> {
  const { workflows } = await import('../../../app/index.ts');
  const jobs = await workflows.jobs();
  const stores = await jobs.openExistingStores(locationsOf(options));
  try {
    return await work(jobs, stores.jobs);
  } finally {
    await stores.close();
  }
}
