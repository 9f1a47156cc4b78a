// One row of a data file, whatever the file's format.
import type { Origin } from '../example.ts';
import { type Fault, faultAt, RowFault } from '../fault.ts';

/** A record as it stands in the file: column (or member) name to value. */
export type Row = { readonly row: Readonly<Record<string, unknown>>; readonly origin: Origin };

/** What a reader yields: a row, or the fault that stands in its place. */
export type SourceItem = Row | Fault;

export function isFault(item: SourceItem): item is Fault {
  return 'reason' in item;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a row; a value that is no object is a fault. */
export function recordItem(value: unknown, origin: Origin): SourceItem {
  if (isRecord(value)) return { row: value, origin };
  return faultAt(
    origin,
    new RowFault(
      'not-a-record',
      `Row is ${describeType(value)}, not an object`,
      'write each row as {"column": value, ...}',
    ),
  );
}

/** A value's type in words, for messages. */
export function describeType(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  return `a ${typeof value}`;
}
