// Asks again where a server did not answer, after longer and longer waits.
import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceError } from '../../../../core/index.ts';

/** Waits before each further attempt, in ms. */
const waits = [500, 1000, 2000, 4000, 8000, 16_000] as const;

/** The work's result; ResourceErrors are taken for passing until no attempt is left. */
export async function withRetries<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const wait of waits)
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ResourceError) || signal.aborted) throw error;
      await sleep(wait, undefined, { signal });
    }
  return await work();
}
