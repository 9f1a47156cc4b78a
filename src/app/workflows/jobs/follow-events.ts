// A job's events as they come, until the job has ended.
import { isFinal, type Job, type JobEvent, type Jobs } from '../../../jobs/index.ts';

/** How long after a job's end its last words are waited for, in ms: who carried it out tells of the end after it. */
const lastWords = 1_000;

/** The newest events, oldest first. */
export async function lastEvents(jobs: Jobs, id: string, limit: number): Promise<readonly JobEvent[]> {
  return (await jobs.events(id, { order: 'desc', limit })).events.toReversed();
}

/**
 * Calls `onEvent` for the newest events and for each that comes; resolves to the job once it has ended.
 * @throws the signal's reason
 */
export async function followEvents(
  jobs: Jobs,
  id: string,
  {
    limit,
    signal,
    onEvent,
  }: {
    /** Events told that were there before. */
    readonly limit: number;
    readonly signal: AbortSignal;
    readonly onEvent: (event: JobEvent) => void;
  },
): Promise<Job> {
  let job = await jobs.get(id);
  let last = 0;
  const tell = (events: readonly JobEvent[]) => {
    for (const event of events) onEvent(event);
    last = events.at(-1)?.number ?? last;
  };
  const tellNew = async () => {
    for (let hasMore = true; hasMore; ) {
      const page = await jobs.events(id, { after: last });
      tell(page.events);
      hasMore = page.hasMore;
    }
  };
  tell(await lastEvents(jobs, id, limit));
  if (isFinal(job.state)) return job;
  while (!isFinal(job.state)) {
    job = await jobs.waitForChange(id, { since: job.revision, signal });
    await tellNew();
  }
  const patience = AbortSignal.any([signal, AbortSignal.timeout(lastWords)]);
  await jobs.waitForChange(id, { since: job.revision, signal: patience }).catch(() => undefined);
  await tellNew();
  return job;
}
