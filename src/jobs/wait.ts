// Waits for a job: told at once of changes in this process, polling for those of others.
import { type ClaimRequest, claim } from './claim.ts';
import type { ClaimedJob } from './claimed-job.ts';
import { findRow, type JobName, type JobsContext } from './context.ts';
import { isFinal, type Job } from './job.ts';
import { jobOf } from './rows.ts';

/** How to wait. */
export type WaitOptions = {
  readonly owner?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The longest pause between two looks, in ms; default 2,000. The first are shorter. */
  readonly pollMs?: number | undefined;
};

/** The first pause between two looks, in ms. */
const firstPause = 50;
const longestPause = 2_000;

/** The job as soon as `isReached` says so. @throws NotFoundError; the signal's reason; InterruptedError once the queue is closed */
async function waitUntil(
  { tables, changes }: JobsContext,
  name: JobName & WaitOptions,
  isReached: (job: Job) => boolean,
): Promise<Job> {
  const { signal, pollMs = longestPause } = name;
  return changes.watching(name.id, async (watch) => {
    for (let pause = Math.min(firstPause, pollMs); ; pause = Math.min(pause * 2, pollMs)) {
      const job = jobOf(await findRow(tables, name));
      if (isReached(job)) return job;
      await watch.next(pause, signal);
    }
  });
}

/** The job once its revision is not `since` any more. */
export function waitForChange(
  context: JobsContext,
  id: string,
  { since, ...options }: WaitOptions & { readonly since: number },
): Promise<Job> {
  return waitUntil(context, { id, ...options }, ({ revision }) => revision !== since);
}

/** The job once it has ended. */
export function waitForEnd(context: JobsContext, id: string, options: WaitOptions = {}): Promise<Job> {
  return waitUntil(context, { id, ...options }, ({ state }) => isFinal(state));
}

/** The next job that can be had, as soon as there is one; looked for at every change in this process, and after `pollMs`. */
export function waitForClaim(
  context: JobsContext,
  request: ClaimRequest,
  { signal, pollMs = longestPause }: Omit<WaitOptions, 'owner'> = {},
): Promise<ClaimedJob> {
  return context.changes.watching(undefined, async (watch) => {
    for (;;) {
      signal?.throwIfAborted();
      const claimed = await claim(context, request);
      if (claimed !== undefined) return claimed;
      // By chance sooner: workers that were started together shall not ask together.
      await watch.next(pollMs * (0.5 + Math.random() / 2), signal);
    }
  });
}
