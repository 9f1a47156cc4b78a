// Sends what earlier runs left on disk.
import { resolve } from 'node:path';
import { InputError } from '../../core/index.ts';
import { type Delivery, type SenderOptions, SpoolSender } from './sender.ts';
import { readHeader } from './spool.ts';
import { findSpools } from './spool-files.ts';

/** What came of one spool. */
export type Replayed = Delivery & { readonly directory: string };

export type ReplayOptions = SenderOptions & {
  /** Milliseconds for the record of each run; a file that is on its way may take longer, as long as it moves. */
  readonly patience?: number;
  readonly signal?: AbortSignal;
  /** Hears of each run when it is done with. */
  readonly onReplayed?: (replayed: Replayed) => void;
};

/**
 * Sends every spool in a directory (of a run, or of many) and below it to where it belongs, one after the other. What has been
 * delivered is not sent again.
 * @throws InputError where there is none
 */
export async function replaySpool(directory: string, options: ReplayOptions): Promise<readonly Replayed[]> {
  // One without its first line was begun by a process that was killed at once
  const spools = findSpools(resolve(directory)).filter((spool) => readHeader(spool) !== undefined);
  if (spools.length === 0)
    throw new InputError(
      `Cannot send the record in '${directory}': there is none; name the output directory of a run, or one that holds such`,
    );
  const { patience = 60_000, signal } = options;
  const replayed: Replayed[] = [];
  for (const spool of spools) {
    if (signal?.aborted) break;
    const delivery = await new SpoolSender(spool, options).finish({ patience, signal });
    replayed.push({ ...delivery, directory: spool });
    options.onReplayed?.({ ...delivery, directory: spool });
  }
  return replayed;
}
