// Reads a spool line by line, from any place in it, while it may be growing.
import { closeSync, openSync, readSync } from 'node:fs';
import { decodeEntry, type SpoolEntry } from './spool-entries.ts';

/** An entry, and where the line after it begins, in bytes. */
export type SpooledEntry = { readonly entry: SpoolEntry; readonly end: number };

const chunkSize = 2 ** 18;
const newline = 0x0a;

/**
 * The entries from a place on, up to the last whole line. Lines that a crash cut off are passed over.
 * @throws the file system's error where the file cannot be read
 */
export function* readEntries(file: string, from = 0): Generator<SpooledEntry> {
  const descriptor = openSync(file, 'r');
  try {
    let rest = Buffer.alloc(0);
    let start = from;
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkSize);
      const count = readSync(descriptor, chunk, 0, chunkSize, start + rest.length);
      if (count === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let at = 0;
      for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, at)) {
        const entry = decodeEntry(bytes.toString('utf8', at, end));
        at = end + 1;
        if (entry !== undefined) yield { entry, end: start + at };
      }
      start += at;
      rest = bytes.subarray(at);
    }
  } finally {
    closeSync(descriptor);
  }
}
