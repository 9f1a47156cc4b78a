// What a job's failure is called, and whether another start could help.
import { InputError, NumericError } from '../../core/index.ts';
import type { JobError } from '../../jobs/index.ts';
import { JobFault } from './job-kind.ts';

export type Failure = { readonly error: JobError; readonly retry: boolean };

/** How runtimes say that memory is used up. */
const outOfMemory = /out of memory|bad_alloc|failed to allocate memory|cannot allocate memory/i;

/** What fails by its input fails again; what the machine refuses may go through later. */
export function describeFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof JobFault)
    return { error: { code: error.code, message, param: error.param }, retry: false };
  if (error instanceof NumericError) return { error: { code: 'numeric_error', message }, retry: false };
  if (error instanceof InputError) return { error: { code: 'invalid_request', message }, retry: false };
  if (outOfMemory.test(message)) return { error: memoryError(message), retry: false };
  return { error: { code: 'server_error', message }, retry: true };
}

/** Whether a process's last words say that it had no memory left. */
export function isOutOfMemory(lastWords: string): boolean {
  return outOfMemory.test(lastWords);
}

export function memoryError(detail: string): JobError {
  return {
    code: 'out_of_memory',
    message: `The job needs more memory than it may have (${detail}); use a smaller batch, shorter examples or a smaller model`,
  };
}
