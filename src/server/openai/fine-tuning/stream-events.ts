// The events of a job as they come, from its first to its end: an extension of OpenAI's protocol.
import { isFinal, type Job, type Jobs } from '../../../jobs/index.ts';
import { eventObject } from './event-object.ts';

/** A connection on which nothing moves is taken for dead by what lies between, in ms. */
const quietAtMost = 15_000;

type Seen = Pick<Job, 'id' | 'revision' | 'state'>;

/** Events of a job, oldest first; undefined where there was nothing to tell for a while. Ends with the job. */
export async function* streamEvents(
  jobs: Jobs,
  first: Seen,
  signal: AbortSignal,
): AsyncGenerator<ReturnType<typeof eventObject> | undefined, void, undefined> {
  const { id } = first;
  let job = first;
  let after: number | undefined;
  for (;;) {
    let hasMore = true;
    while (hasMore) {
      const page = await jobs.events(id, { after, limit: 100 });
      for (const event of page.events) {
        after = event.number;
        yield eventObject(id, event);
      }
      hasMore = page.hasMore;
    }
    if (isFinal(job.state)) return;
    const next = await changed(jobs, job, signal);
    if (next === undefined) yield undefined;
    else job = next;
  }
}

/** The job after its next change; undefined where none comes for a while. */
async function changed(jobs: Jobs, { id, revision }: Seen, signal: AbortSignal): Promise<Seen | undefined> {
  const quiet = AbortSignal.timeout(quietAtMost);
  try {
    return await jobs.waitForChange(id, { since: revision, signal: AbortSignal.any([signal, quiet]) });
  } catch (error) {
    if (quiet.aborted && !signal.aborted) return undefined;
    throw error;
  }
}
