// Cuts UTF-8 bytes at line or character borders and finds the first byte that is not UTF-8.
import { isUtf8 } from 'node:buffer';
import { RowFault } from '../fault.ts';

/** A line longer than this is taken for a file of another format. */
const longestLine = 1 << 28;

/** What is read so far, so that an error can say where it happened. */
export type Progress = { line: number };

/** Whole lines: `bytes` ends with a line feed, except at the end of the file. */
export type LineBlock = { readonly bytes: Buffer; readonly firstLine: number; readonly offset: number };

/** Groups bytes into blocks of whole lines. `offset` counts from the start of the (decoded) text. */
export async function* lineBlocks(
  chunks: AsyncIterable<Buffer>,
  progress: Progress,
): AsyncGenerator<LineBlock> {
  let pending: Buffer[] = [];
  let pendingLength = 0;
  let offset = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) {
      const bytes = Buffer.concat([...pending, chunk.subarray(0, end)]);
      const firstLine = progress.line;
      progress.line += countLineFeeds(bytes);
      yield { bytes, firstLine, offset };
      offset += bytes.length;
      pending = [];
      pendingLength = 0;
    }
    if (end < chunk.length) pending.push(chunk.subarray(end));
    pendingLength += chunk.length - end;
    if (pendingLength > longestLine)
      throw new RowFault(
        'not-json',
        `Line is longer than ${longestLine} bytes`,
        'check that the file has one row per line',
      );
  }
  if (pendingLength > 0) yield { bytes: Buffer.concat(pending), firstLine: progress.line, offset };
}

/** Hands on bytes that are valid UTF-8, cut at character borders; throws at the first that are not. */
export async function* validUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let carry = Buffer.alloc(0);
  let offset = 0;
  let line = 1;
  for await (const chunk of chunks) {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    const whole = bytes.subarray(0, lastCharacterEnd(bytes));
    if (!isUtf8(whole)) throw invalidUtf8(whole, offset, line);
    carry = Buffer.from(bytes.subarray(whole.length));
    offset += whole.length;
    line += countLineFeeds(whole);
    if (whole.length > 0) yield whole;
  }
  if (carry.length > 0) throw invalidUtf8(carry, offset, line);
}

/** The fault for bytes that are not UTF-8; `offset` and `line` say where `bytes` start in the file. */
export function invalidUtf8(bytes: Buffer, offset: number, line: number): RowFault {
  const at = firstInvalidByte(bytes);
  const onLine = line + countLineFeeds(bytes.subarray(0, at));
  const hex = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  return new RowFault(
    'encoding',
    `Text is not valid UTF-8: byte 0x${hex} at byte offset ${offset + at}`,
    'save the file as UTF-8',
    onLine,
  );
}

/** The index of the first byte that belongs to no valid character. */
function firstInvalidByte(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  // The longest valid prefix, by bisection: cutting inside a character only shortens the prefix by that character.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, lastCharacterEnd(prefix)))) low = middle;
    else high = middle - 1;
  }
  return lastCharacterEnd(bytes.subarray(0, low));
}

/** The length of `bytes` without an unfinished character at its end. */
function lastCharacterEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
