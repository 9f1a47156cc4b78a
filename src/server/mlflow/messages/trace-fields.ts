// Fields that only traces have on the wire: protobuf's maps, times, durations, free values and field masks.
import { InputError } from '../../../core/index.ts';
import { isJsonObject, type JsonValue, NumberText, type TextMap } from '../../../tracking/index.ts';
import { type Field, isRecord, pythonFloat, pythonString, string, type Writer } from '../wire/index.ts';

/** What {@link tree} writes: JSON whose integers may be larger than a double holds. */
export type Tree =
  | string
  | boolean
  | null
  | bigint
  | number
  | NumberText
  | readonly Tree[]
  | { readonly [key: string]: Tree | undefined };

const text = string();

/** A map of texts. Absent and empty are the same. */
export const textMap: Field<TextMap, 'optional', TextMap | undefined> = {
  presence: 'optional',
  read: (json) => {
    if (!isRecord(json))
      throw new InputError('Cannot read a map: it is no JSON object; send texts by their keys');
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [text.read(key), text.read(value)]));
  },
  writer: (depth) => ({ write: (map) => writeTree(map ?? {}, depth) }),
};

/** A point in time: milliseconds since 1970 here, RFC 3339 on the wire. */
export const timestamp: Field<number, 'optional'> = {
  presence: 'optional',
  read: (json) => {
    const time = typeof json === 'string' && /^\d{4}-/.test(json) ? Date.parse(json) : Number.NaN;
    if (Number.isNaN(time))
      throw new InputError(`Invalid time ${JSON.stringify(json)}; send one as RFC 3339 has it`);
    return time;
  },
  writer: () => ({ write: (time) => pythonString(new Date(time).toISOString().replace('.000Z', 'Z')) }),
};

/** A length of time: milliseconds here, `0.107s` on the wire. */
export const duration: Field<number, 'optional'> = {
  presence: 'optional',
  read: (json) => {
    const seconds = typeof json === 'string' ? /^(-?\d{1,12}(?:\.\d{1,9})?)s$/.exec(json)?.[1] : undefined;
    if (seconds === undefined)
      throw new InputError(`Invalid duration ${JSON.stringify(json)}; send seconds, as in "1.5s"`);
    return Math.trunc(Number((Number(seconds) * 1000).toFixed(6)));
  },
  writer: () => ({ write: (time) => `"${writeSeconds(time)}s"` }),
};

/** Any JSON. Numbers are doubles, and are written as Python writes those. */
export const freeValue: Field<JsonValue, 'optional'> = {
  presence: 'optional',
  read: toJsonValue,
  writer: (depth) => ({ write: (value) => writeTree(value, depth) }),
};

/** The paths of the fields that an update changes. */
export const fieldMask: Field<readonly string[], 'optional'> = {
  presence: 'optional',
  read: (json) =>
    text
      .read(json)
      .split(',')
      .filter((path) => path !== '')
      .map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
  writer: () => ({ write: (paths) => pythonString(paths.join(',')) }),
};

/** A part of an answer that is put together as a tree; it is not read. */
export function tree<T extends Tree>(): Field<never, 'optional', T> {
  return {
    presence: 'optional',
    read: () => {
      throw new InputError('Cannot read a field that only answers have');
    },
    writer: (depth): Writer<T> => ({ write: (value) => writeTree(value, depth) }),
  };
}

function writeTree(value: Tree | JsonValue, depth: number): string {
  if (typeof value === 'string') return pythonString(value);
  if (value instanceof NumberText) return value.text;
  if (typeof value !== 'object' || value === null) return String(value);
  const indent = `\n${'  '.repeat(depth + 1)}`;
  const end = `\n${'  '.repeat(depth)}`;
  if (isList(value)) {
    const items = value.map((item) => indent + writeTree(item, depth + 1));
    return items.length === 0 ? '[]' : `[${items.join(',')}${end}]`;
  }
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${indent}${pythonString(key)}: ${writeTree(member, depth + 1)}`],
  );
  return members.length === 0 ? '{}' : `{${members.join(',')}${end}}`;
}

function isList(value: Tree | JsonValue): value is readonly (Tree | JsonValue)[] {
  return Array.isArray(value);
}

function toJsonValue(json: unknown): JsonValue {
  if (typeof json === 'number') {
    if (!Number.isFinite(json))
      throw new InputError(`Cannot take the value ${json}: JSON has no such number`);
    return new NumberText(pythonFloat(json));
  }
  if (typeof json === 'string') return text.read(json);
  if (Array.isArray(json)) return json.map(toJsonValue);
  if (isRecord(json))
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [text.read(key), toJsonValue(value)]),
    );
  return typeof json === 'boolean' ? json : null;
}

/** No fraction, or three digits of one, as protobuf writes it. */
function writeSeconds(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  const fraction = size % 1000 === 0 ? '' : `.${String(size % 1000).padStart(3, '0')}`;
  return `${milliseconds < 0 ? '-' : ''}${Math.trunc(size / 1000)}${fraction}`;
}

/** A free value that has a place of its own in Python: lists and objects are written as a text there. */
export function isStructure(value: JsonValue): boolean {
  return Array.isArray(value) || isJsonObject(value);
}
