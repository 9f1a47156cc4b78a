// Finds the record of a run that goes on, or begins a new one.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { findSpools, readHeader, Spool, type SpoolHeader } from '../../../../tracking/index.ts';

/** The directory of a run's records. */
export function recordDirectory(output: string): string {
  return join(output, 'tracking');
}

export type OpenSpoolOptions = {
  readonly resume: boolean;
  readonly header: Omit<SpoolHeader, 'type' | 'key'>;
};

/**
 * The record of the same run at the same place, if the run is resumed; else a new one. `others`: earlier records in the
 * directory, of which something may still be on its way.
 */
export function openSpool(
  output: string,
  { resume, header }: OpenSpoolOptions,
): { readonly spool: Spool; readonly isNew: boolean; readonly others: readonly string[] } {
  const directories = findSpools(recordDirectory(output), 1).filter((directory) => readHeader(directory));
  const known = resume
    ? newest(directories.filter((directory) => isSame(readHeader(directory), header)))
    : undefined;
  const spool = known === undefined ? undefined : Spool.open(known);
  const others = directories.filter((directory) => directory !== spool?.directory);
  if (spool !== undefined) return { spool, isNew: false, others };
  const key = randomUUID().replaceAll('-', '');
  const directory = join(recordDirectory(output), key);
  return { spool: Spool.create(directory, { ...header, type: 'run', key }), isNew: true, others };
}

function isSame(
  known: SpoolHeader | undefined,
  { identity, destination, experiment }: OpenSpoolOptions['header'],
): boolean {
  return known?.identity === identity && known.destination === destination && known.experiment === experiment;
}

function newest(directories: readonly string[]): string | undefined {
  const time = (directory: string) => readHeader(directory)?.startTime ?? 0;
  return directories.toSorted((a, b) => time(b) - time(a))[0];
}
