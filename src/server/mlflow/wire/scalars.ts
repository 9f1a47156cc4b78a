// The scalar types of the wire, read as protobuf's JSON reader reads them.
import { refusal, seeDocs, wrongType, wrongValue } from './fault.ts';
import type { Field, Writer } from './field.ts';
import { pythonFloat, pythonString } from './python-text.ts';

/** Limits of a number, both inclusive. `message` is said, instead of the usual text, when one is passed. */
export type Range = { readonly min?: number; readonly max?: number; readonly message?: string };

/** Text. Refused are the characters that databases do not keep: NUL and halves of surrogate pairs. */
export function string(): Field<string, 'optional'> {
  return scalar(readString, pythonString);
}

/** A whole number within 2^53, in which every one is exact; fractions are cut off, as MLflow does. */
export function int64(range: Range = {}): Field<number, 'optional'> {
  return scalar((json) => readInteger(json, Number.MAX_SAFE_INTEGER, range), String);
}

/** A whole number of 32 bits. */
export function int32(range: Range = {}): Field<number, 'optional'> {
  return scalar((json) => readInteger(json, 2 ** 31 - 1, range), String);
}

/** A double; requests may write "NaN", "Infinity" and "-Infinity", or a number in quotes. */
export function double(): Field<number, 'optional'> {
  return scalar(readDouble, pythonFloat);
}

export function bool(): Field<boolean, 'optional'> {
  return { ...scalar(readBool, String), readQuery: readQueryBool };
}

/** One of the names; requests may also send its number, counted from `first`. */
export function enumeration<const Name extends string>(
  names: readonly Name[],
  { first = 1 }: { readonly first?: number } = {},
): Field<Name, 'optional'> {
  const known = new Map<unknown, Name>(
    names.flatMap((name, index) => [
      [name, name],
      [index + first, name],
      [String(index + first), name],
    ]),
  );
  const read = (json: unknown): Name => {
    const name = known.get(json);
    if (name !== undefined) return name;
    if (typeof json !== 'string') throw wrongType(json);
    throw wrongValue(json, `Value must be one of ${names.join(', ')}.`);
  };
  return scalar(read, (name) => `"${name}"`);
}

function scalar<T>(read: (json: unknown) => T, write: (value: T) => string): Field<T, 'optional'> {
  const writer: Writer<T> = { write };
  return { presence: 'optional', read, writer: () => writer };
}

function readString(json: unknown): string {
  if (typeof json !== 'string') throw wrongType(json);
  if (json.includes('\0')) throw wrongValue(json, 'It contains the character NUL, which cannot be kept.');
  if (!json.isWellFormed())
    throw wrongValue(json, 'It contains half of a surrogate pair, which is no character.');
  return json;
}

function readInteger(json: unknown, limit: number, range: Range): number {
  const value =
    typeof json === 'number' ? Math.trunc(json) : typeof json === 'string' ? integerText(json) : undefined;
  if (value === undefined || Number.isNaN(value)) throw wrongType(json);
  if (Math.abs(value) > limit && !(value === -limit - 1 && limit < Number.MAX_SAFE_INTEGER))
    throw wrongValue(json, `Value must be between ${-limit} and ${limit}.`);
  if (value < (range.min ?? value) || value > (range.max ?? value))
    throw range.message === undefined ? wrongType(json) : refusal(`${range.message} ${seeDocs}`);
  return value === 0 ? 0 : value;
}

function integerText(text: string): number | undefined {
  const value = numberText(text);
  return value !== undefined && Number.isInteger(value) ? value : undefined;
}

function readDouble(json: unknown): number {
  const value = typeof json === 'number' ? json : typeof json === 'string' ? doubleText(json) : undefined;
  if (value === undefined) throw wrongType(json);
  return value;
}

function doubleText(text: string): number | undefined {
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  const infinity = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return numberText(text);
}

function numberText(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function readBool(json: unknown): boolean {
  if (typeof json !== 'boolean') throw wrongType(json);
  return json;
}

function readQueryBool(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false')
    throw refusal(`Invalid boolean value: ${text}, must be 'true' or 'false'.`);
  return lower === 'true';
}
