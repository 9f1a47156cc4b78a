// Ranges of bytes, brought within a file's bounds.
import { InputError } from '../../core/index.ts';
import type { ByteRange } from './blob-store.ts';

/** The range within a file of `size` bytes; the whole file when none is asked for. */
export function boundedRange(size: number, range: ByteRange | undefined): { start: number; end: number } {
  const { start = 0, end = size } = range ?? {};
  const valid = Number.isSafeInteger(start) && start >= 0 && start <= size && end >= start;
  if (!valid)
    throw new InputError(
      `Cannot read bytes ${start} to ${end}: the file has ${size}; ask for a range that begins within it`,
    );
  return { start, end: Math.min(end, size) };
}
