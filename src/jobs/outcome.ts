// What becomes of a job when its worker lets go of it: pure rules over its row.
import type { JobRow, JobUpdate } from './context.ts';
import type { JobError, JobState, JsonValue } from './job.ts';
import { jsonText } from './json.ts';

/** How long a job waits after a failure, in ms: `base`, then twice as long each time, up to `limit`; half of it is chance. */
export type BackOff = { readonly base: number; readonly limit: number; readonly random: () => number };

const nobody = { worker: null, lease_until: null, request: null } as const;

type Ending = { readonly result?: JsonValue; readonly error?: JobError };

/** The job ends for good. */
export function ended(
  state: Extract<JobState, 'succeeded' | 'failed' | 'cancelled'>,
  now: number,
  { result, error }: Ending = {},
): JobUpdate {
  return {
    ...nobody,
    state,
    finished_at: now,
    ...(result !== undefined && { result: jsonText(result, "a job's result") }),
    ...(error !== undefined && { error: jsonText(error, "a job's error") }),
  };
}

/** The worker stopped where the job can go on: it waits again, or does what was asked of it. This start does not count. */
export function released(row: JobRow, now: number): JobUpdate {
  return onward(row, now, { attempt: row.attempt - 1, available_at: now });
}

/** The worker failed and says whether another start could help. */
export function failed(
  row: JobRow,
  now: number,
  { error, retry, backOff }: { readonly error: JobError; readonly retry: boolean; readonly backOff: BackOff },
): JobUpdate {
  if (!retry) return ended('failed', now, { error });
  return again(row, now, { error, wait: waitAfter(row.attempt, backOff) });
}

/** The worker was not heard of until its lease ended. */
export function lost(row: JobRow, now: number): JobUpdate {
  const times = row.attempt === 1 ? 'once' : `${row.attempt} times`;
  const message = `The worker stopped without a word (the job was started ${times}); look at the log of worker '${row.worker}' and at its memory`;
  return again(row, now, { error: { code: 'worker_lost', message }, wait: 0 });
}

function again(
  row: JobRow,
  now: number,
  { error, wait }: { readonly error: JobError; readonly wait: number },
): JobUpdate {
  if (row.request !== 'cancel' && row.attempt >= row.max_attempts) return ended('failed', now, { error });
  return onward(row, now, { available_at: now + wait });
}

function onward(row: JobRow, now: number, queued: JobUpdate): JobUpdate {
  if (row.request === 'cancel') return ended('cancelled', now);
  return { ...nobody, ...queued, state: row.request === 'pause' ? 'paused' : 'queued' };
}

function waitAfter(attempt: number, { base, limit, random }: BackOff): number {
  return Math.round(Math.min(limit, base * 2 ** (attempt - 1)) * (0.5 + random() / 2));
}
