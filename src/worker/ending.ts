// What becomes of a job, told from how its process ended.
import { isOutOfMemory, type JobOutcome, memoryError } from '../app/index.ts';
import type { JobError, JsonValue } from '../jobs/index.ts';
import type { RunEnd } from '../platform/index.ts';
import type { Asked, RunSettings } from './job-run.ts';

/** What is written of a job. */
export type Ending =
  | { readonly type: 'done'; readonly result: JsonValue }
  | { readonly type: 'failed'; readonly error: JobError; readonly retry: boolean }
  | { readonly type: 'cancelled' | 'paused' | 'released' };

type Known = {
  readonly asked: Asked;
  readonly outcome: JobOutcome | undefined;
  readonly limits: Pick<RunSettings, 'memoryLimit' | 'timeLimit'>;
};

/** Pure. A job that was done before it could be stopped is done. */
export function endOf(end: RunEnd, { asked, outcome, limits }: Known): Ending {
  if (outcome?.type === 'done') return outcome;
  if (asked === 'cancel') return { type: 'cancelled' };
  if (end.cause === 'memory-limit')
    return failed(memoryError(`the limit is ${gigabytes(limits.memoryLimit)}`));
  if (end.cause === 'time-limit') return failed(timeError(limits.timeLimit));
  if (outcome?.type === 'failed') return outcome;
  if (outcome?.type === 'stopped' || end.cause === 'stop')
    return { type: asked === 'pause' ? 'paused' : 'released' };
  if (isOutOfMemory(end.lastWords)) return failed(memoryError('its process ended for lack of memory'));
  return { type: 'failed', error: crash(end), retry: true };
}

function failed(error: JobError): Ending {
  return { type: 'failed', error, retry: false };
}

function timeError(limit: number | null): JobError {
  const seconds = Math.round((limit ?? 0) / 1000);
  return {
    code: 'time_limit',
    message: `The job took longer than the ${seconds} s that one may take; train fewer epochs or examples`,
  };
}

function crash({ exitCode, signal, lastWords }: RunEnd): JobError {
  const how = signal === null ? `with status ${exitCode}` : `by ${signal}`;
  const words = lastWords.trim().split('\n').at(-1) ?? '';
  return {
    code: 'server_error',
    message: `The job's process ended ${how}${words === '' ? '' : `: ${words.slice(0, 300)}`}; see its log`,
  };
}

function gigabytes(bytes: number | null): string {
  return `${((bytes ?? 0) / 2 ** 30).toFixed(2)} GiB`;
}
