// A fault of a data file: which row, what is wrong with it and what to do.
import { InputError } from '../core/index.ts';
import type { Origin } from './example.ts';

/** Faults told apart, for counts and for programs that react to them. */
export type FaultKind =
  | 'unreadable'
  | 'truncated'
  | 'encoding'
  | 'not-json'
  | 'not-a-record'
  | 'csv'
  | 'unknown-format'
  | 'mixed-format'
  | 'wrong-purpose'
  | 'missing-field'
  | 'wrong-type'
  | 'empty'
  | 'identical-pair'
  | 'no-shared-prompt'
  | 'role-order'
  | 'unknown-role'
  | 'unknown-key'
  | 'untrained'
  | 'special-token'
  | 'too-long'
  | 'not-encodable'
  | 'duplicate'
  | 'ignored-column';

/** One fault of one row (or, without a line, of the file). */
export type Fault = {
  readonly kind: FaultKind;
  readonly file: string;
  readonly line?: number;
  readonly unit?: 'record';
  readonly reason: string;
  readonly remedy: string;
};

/** What is thrown while one row is converted; the reader adds the row's origin. Never leaves this folder. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
  readonly kind: FaultKind;
  readonly remedy: string;
  /** The line of the file, where the reader of the row knows better than who catches this. */
  readonly line: number | undefined;
  constructor(kind: FaultKind, reason: string, remedy: string, line?: number) {
    super(reason);
    this.kind = kind;
    this.remedy = remedy;
    this.line = line;
  }
}

/** A row fault with the place where it occurred. */
export function faultAt(origin: Origin, fault: RowFault): Fault {
  const { kind, message: reason, remedy, line } = fault;
  return line === undefined
    ? { ...origin, kind, reason, remedy }
    : { file: origin.file, line, kind, reason, remedy };
}

/** `file:17: reason; remedy`, or `file: record 17: reason; remedy` where records are counted. */
export function describeFault(fault: Fault): string {
  return `${describePlace(fault)}: ${fault.reason}; ${fault.remedy}`;
}

/** `file:17`, or `file: record 17` where records are counted. */
export function describePlace(place: Pick<Fault, 'file' | 'line' | 'unit'>): string {
  if (place.line === undefined) return place.file;
  return place.unit === 'record' ? `${place.file}: record ${place.line}` : `${place.file}:${place.line}`;
}

/** The error that a fault is when nobody collects faults. */
export function faultError(fault: Fault): InputError {
  const text = `${fault.reason}; ${fault.remedy}`;
  if (fault.line === undefined) return new InputError(text, { location: { file: fault.file } });
  if (fault.unit === 'record')
    return new InputError(`record ${fault.line}: ${text}`, { location: { file: fault.file } });
  return new InputError(text, { location: { file: fault.file, line: fault.line } });
}
