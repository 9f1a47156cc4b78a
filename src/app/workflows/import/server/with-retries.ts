// Asks again where a server did not answer, after longer and longer waits.
import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceError } from '../../../../core/index.ts';
import { WithheldError } from '../source/withheld-error.ts';

/** Waits before each further attempt, in ms: at first, and then as long as nothing at all is answered. */
const waits = { first: [300, 1000], unreachable: [2000, 4000, 8000, 16_000] } as const;

/** Options of {@link withRetries}. */
export type RetryOptions = {
  readonly signal: AbortSignal;
  /** Whether the server answers other requests. */
  readonly answers: () => Promise<boolean>;
  /** Waits so many ms; tests do not. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

/**
 * The work's result; ResourceErrors are taken for passing until no attempt is left.
 * @throws WithheldError where the server answers, only not this
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  { signal, answers, pause = sleepUnlessStopped }: RetryOptions,
): Promise<T> {
  for (const wait of [...waits.first, ...waits.unreachable, 0]) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ResourceError) || signal.aborted) throw error;
      const isFirst = waits.first.some((first) => first === wait);
      if (!isFirst && (await answers())) throw new WithheldError(error.message, { cause: error });
      if (wait === 0) throw error;
    }
    await pause(wait, signal);
  }
  throw new TypeError('The last attempt gives its result or throws');
}

function sleepUnlessStopped(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal });
}
