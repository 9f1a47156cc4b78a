// How a command that fails ends: its exit status and what is told of the error, decided here alone.
import { CommanderError } from 'commander';
import { InputError, InterruptedError, NumericError, ResourceError } from '../core/index.ts';

/** 0 done; 2 the user's input is wrong; 3 interrupted, resumable; 1 anything else. */
export const exitStatus = { done: 0, failed: 1, wrongInput: 2, interrupted: 3 } as const;

/** Tried from the top. */
const table: readonly { readonly is: (error: unknown) => boolean; readonly status: number }[] = [
  { is: (error) => error instanceof CommanderError && error.exitCode === 0, status: exitStatus.done },
  { is: (error) => error instanceof CommanderError, status: exitStatus.wrongInput },
  { is: (error) => error instanceof InputError, status: exitStatus.wrongInput },
  { is: (error) => error instanceof InterruptedError, status: exitStatus.interrupted },
  { is: (error) => error instanceof Error && error.name === 'AbortError', status: exitStatus.interrupted },
];

/** The exit status of an error. */
export function statusOf(error: unknown): number {
  return table.find(({ is }) => is(error))?.status ?? exitStatus.failed;
}

/** What is printed of an error: its message, with the stack where `HONE_DEBUG` asks for it; undefined where commander has spoken. */
export function describeError(error: unknown, debug = process.env.HONE_DEBUG === '1'): string | undefined {
  if (error instanceof CommanderError) return undefined;
  if (!(error instanceof Error)) return `error: ${String(error)}\n`;
  if (debug) return `error: ${withCauses(error)}\n`;
  const expected =
    statusOf(error) !== exitStatus.failed || error instanceof ResourceError || error instanceof NumericError;
  if (error.name === 'AbortError')
    return 'error: Stopped before there was anything to save; run the same command again\n';
  const hint = expected ? '' : '\n(not an error that Hone expects: HONE_DEBUG=1 shows where it happened)';
  return `error: ${error.message}${hint}\n`;
}

function withCauses(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by: ${withCauses(error.cause)}` : own;
}
