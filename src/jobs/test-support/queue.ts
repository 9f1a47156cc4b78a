// A queue for tests: a clock that the test moves, and short words for what tests do again and again.
import type { Database } from '../../store/index.ts';
import { type Jobs, type JobsOptions, openJobs } from '../index.ts';

export type TestQueue = Awaited<ReturnType<typeof testQueue>>;

/** A queue whose clock stands until the test moves it; leases last 1,000 ms, back-offs at most 100. */
export async function testQueue(database: Database | Promise<Database>, options: JobsOptions = {}) {
  const clock = { at: 1_700_000_000_000 };
  const settings = { now: () => clock.at, backOffMs: 100, backOffLimitMs: 100, ...options };
  const jobs: Jobs = openJobs(await database, settings);
  return {
    jobs,
    pass: (ms: number) => {
      clock.at += ms;
    },
    submit: async (job: Partial<Parameters<Jobs['submit']>[0]> = {}) =>
      (await jobs.submit({ kind: 'train', owner: 'ada', spec: null, ...job })).job,
    tryClaim: (request: Partial<Parameters<Jobs['claim']>[0]> = {}) =>
      jobs.claim({ worker: 'w', kinds: ['train'], leaseMs: 1_000, ...request }),
    /** The next job, which must be there. */
    claim: async (request: Partial<Parameters<Jobs['claim']>[0]> = {}) => {
      const claimed = await jobs.claim({ worker: 'w', kinds: ['train'], leaseMs: 1_000, ...request });
      if (claimed === undefined) throw new Error('There is no job to be had');
      return claimed;
    },
  };
}
