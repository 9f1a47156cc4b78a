// Sends the records that trainings could not deliver.
import { type Replayed, replaySpool } from '../../../tracking/index.ts';
import { openDestination } from '../../run-destination.ts';

export type SyncOptions = {
  readonly signal?: AbortSignal;
  /** Hears of each record when it is done with. */
  readonly onRecord?: (record: Replayed) => void;
};

/**
 * Sends what waits in the output directories of runs, or in directories that hold such, to where it belongs. A record that has
 * been delivered is not sent again, so that this may be repeated.
 * @throws InputError for a directory without a record
 */
export async function syncRuns(
  directories: readonly string[],
  { signal, onRecord }: SyncOptions = {},
): Promise<readonly Replayed[]> {
  const options = {
    open: openDestination,
    ...(signal && { signal }),
    ...(onRecord && { onReplayed: onRecord }),
  };
  const records: Replayed[] = [];
  for (const directory of directories) records.push(...(await replaySpool(directory, options)));
  return records;
}
