// Messages and lists of the wire; their readers and writers are put together once, when they are declared.
import type { Query } from '../../http/call.ts';
import { missing, within, wrongType, wrongValue } from './fault.ts';
import type { Field, Fields, Presence, Read, Writer, Written } from './field.ts';

/** A message: its fields in the order of their numbers in MLflow's proto files. */
export interface Message<Fs extends Fields> extends Field<Read<Fs>, 'optional', Written<Fs>> {
  readonly fields: Fs;
}

/** Declares a message. */
export function message<const Fs extends Fields>(fields: Fs): Message<Fs> {
  const readers = Object.entries(fields).map(([name, field]) => fieldReader(name, field));
  return {
    presence: 'optional',
    fields,
    read(json) {
      if (!isRecord(json)) throw wrongType(json);
      return assemble<Fs>(readers, (reader) => reader.read(json));
    },
    writer: cached((depth) => messageWriter(fields, depth)),
  };
}

/** A list. Absent and empty are the same: it is read as an empty list and an empty list is not written. */
export function repeated<In, Out>(
  item: Field<In, Presence, Out>,
): Field<readonly In[], 'repeated', readonly Out[]> {
  return {
    presence: 'repeated',
    isList: true,
    absent: [],
    read: (json) => {
      if (!Array.isArray(json)) throw wrongType(json);
      return json.map((one, index) => readItem(item, one, index));
    },
    writer: cached((depth) => listWriter(item, depth)),
  };
}

/** Reads the fields of a message from a query: names with one text or several. */
export function readQuery<Fs extends Fields>({ fields }: Message<Fs>, query: Query): Read<Fs> {
  return assemble<Fs>(
    Object.entries(fields).map(([name, field]) => fieldReader(name, field)),
    (reader) => reader.readQuery(query),
  );
}

/** Whether a JSON value is an object. */
export function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

type FieldReader = {
  readonly name: string;
  readonly read: (json: Readonly<Record<string, unknown>>) => unknown;
  readonly readQuery: (query: Query) => unknown;
};

/** The one place where fields become a message: `Read` is what the readers of `Fs` give, by its definition. */
function assemble<Fs extends Fields>(
  readers: readonly FieldReader[],
  readOne: (reader: FieldReader) => unknown,
): Read<Fs> {
  const message: Record<string, unknown> = {};
  for (const reader of readers) {
    try {
      message[reader.name] = readOne(reader);
    } catch (error) {
      throw within(error, reader.name);
    }
  }
  return message as Read<Fs>;
}

function fieldReader(name: string, field: Field): FieldReader {
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  // In the order in which protobuf and MLflow look for a field.
  const others = [...(camel === name ? [] : [camel]), ...(field.alias === undefined ? [] : [field.alias])];
  const isRequired = field.presence === 'required';
  const absent = (): unknown => {
    if (isRequired) throw missing();
    return field.absent;
  };
  return {
    name,
    read: (json) => {
      const value = ownValue(json, name) ?? firstOf(json, others);
      if (value === undefined || (isRequired && value === '')) return absent();
      return field.read(value);
    },
    readQuery: (query) => {
      const value = query[name] ?? firstOf(query, others);
      if (value === undefined || (isRequired && value === '')) return absent();
      return readTexts(field, typeof value === 'string' ? [value] : value);
    },
  };
}

function readTexts(field: Field, value: unknown): unknown {
  const texts = Array.isArray(value) ? value : [value];
  if (field.isList) return field.read(texts);
  const text: unknown = texts[0];
  return field.readQuery !== undefined && typeof text === 'string' ? field.readQuery(text) : field.read(text);
}

/** Null is how JSON says that a field is absent. */
function ownValue(json: Readonly<Record<string, unknown>>, name: string): unknown {
  return json[name] ?? undefined;
}

function firstOf(json: Readonly<Record<string, unknown>>, names: readonly string[]): unknown {
  for (const name of names) {
    const value = ownValue(json, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function readItem<In, Out>(item: Field<In, Presence, Out>, json: unknown, index: number): In {
  try {
    if (json === null) throw wrongValue(json, 'A list cannot hold null.');
    return item.read(json);
  } catch (error) {
    throw within(error, `[${index}]`);
  }
}

function messageWriter<Fs extends Fields>(fields: Fs, depth: number): Writer<Written<Fs>> {
  const indent = '  '.repeat(depth + 1);
  // What stands before a value is one constant text: thousands of values are joined, and each joint costs.
  const parts = Object.entries(fields).map(([name, field]) => ({
    name,
    first: `{\n${indent}"${name}": `,
    next: `,\n${indent}"${name}": `,
    inner: field.writer(depth + 1),
    isList: field.isList === true,
  }));
  const end = `\n${'  '.repeat(depth)}}`;
  return {
    write(message: Readonly<Record<string, unknown>>) {
      let text = '';
      for (const { name, first, next, inner, isList } of parts) {
        const value = message[name];
        if (value === undefined || (isList && isEmpty(value))) continue;
        text += (text === '' ? first : next) + inner.write(value);
      }
      return text === '' ? '{}' : text + end;
    },
  };
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

function listWriter<Out>(item: Field<unknown, Presence, Out>, depth: number): Writer<readonly Out[]> {
  const inner = item.writer(depth + 1);
  const first = `[\n${'  '.repeat(depth + 1)}`;
  const next = `,\n${'  '.repeat(depth + 1)}`;
  const end = `\n${'  '.repeat(depth)}]`;
  return {
    write(items) {
      let text = '';
      for (const one of items) text += (text === '' ? first : next) + inner.write(one);
      return text + end;
    },
  };
}

/** Writers are made when first needed at a depth, and kept. */
function cached<T>(make: (depth: number) => T): (depth: number) => T {
  const made: T[] = [];
  return (depth) => (made[depth] ??= make(depth));
}
