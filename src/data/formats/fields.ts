// Takes typed members out of a row, or says in one line what is wrong with them.
import { didYouMean } from '../../core/index.ts';
import { RowFault } from '../fault.ts';
import { describeType, isRecord } from '../sources/index.ts';

/** A row whose columns have their canonical names and no null members. */
export type Fields = Readonly<Record<string, unknown>>;

/** The member's value; refuses its absence. */
export function requireField(fields: Fields, name: string): unknown {
  const value = fields[name];
  if (value !== undefined) return value;
  const near = Object.keys(fields).filter((key) => key.toLowerCase().includes(name.toLowerCase()));
  const hint = near[0] === undefined ? '' : ` (it has '${near[0]}')`;
  throw new RowFault('missing-field', `Row has no '${name}'${hint}`, `add '${name}' or delete the row`);
}

/** A string member; refuses absence and other types. */
export function requireString(fields: Fields, name: string): string {
  const value = requireField(fields, name);
  if (typeof value === 'string') return value;
  throw wrongType(`'${name}'`, value, 'a string');
}

/** A string member, or undefined where it is absent. */
export function optionalString(fields: Fields, name: string): string | undefined {
  return fields[name] === undefined ? undefined : requireString(fields, name);
}

/** A list, also one that is written as JSON text (as CSV and some Parquet files have it). */
export function requireList(value: unknown, name: string): readonly unknown[] {
  const list = typeof value === 'string' ? parseJson(value) : value;
  if (Array.isArray(list)) return list;
  throw wrongType(`'${name}'`, value, 'a list');
}

/** true/false, also as 1/0 and as text; undefined for anything else. */
export function asBoolean(value: unknown): boolean | undefined {
  if (value === true || value === 1 || value === '1') return true;
  if (value === false || value === 0 || value === '0') return false;
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** The tools of a row as a list; `functions` is their older name. */
export function readTools(fields: Fields): { readonly tools?: readonly unknown[] } {
  if (fields.tools !== undefined && fields.tools !== '') {
    const tools = requireList(fields.tools, 'tools');
    const odd = tools.find((tool) => !isRecord(tool));
    if (odd !== undefined) throw wrongType('A tool', odd, 'an object');
    return tools.length === 0 ? {} : { tools };
  }
  if (fields.functions === undefined) return {};
  const functions = requireList(fields.functions, 'functions');
  return { tools: functions.map((definition) => ({ type: 'function', function: definition })) };
}

/** The fault of a value that has another type than it must have. */
export function wrongType(subject: string, value: unknown, wanted: string): RowFault {
  return new RowFault(
    'wrong-type',
    `${subject} is ${describeType(value)}, not ${wanted}`,
    `make it ${wanted}`,
  );
}

/** A key that is not known but so close to a known one that it must be a slip. */
export function likelySlip(key: string, known: readonly string[]): string | undefined {
  if (known.includes(key)) return undefined;
  const hint = didYouMean(key, known);
  const near = /'(.*)'/.exec(hint)?.[1];
  // Only slips of the pen: `model` is near `role` by distance, but it is a word of its own.
  return near !== undefined && Math.abs(near.length - key.length) <= 1 && sharedLetters(near, key)
    ? near
    : undefined;
}

/** Levels of a row's values; what looks through them does so by recursion. */
const mostLevels = 256;

/** The value without null members (Arrow adds them where rows of one column differ); lists keep theirs. */
export function dropNulls(value: unknown, level = 0): unknown {
  if (level > mostLevels)
    throw new RowFault('wrong-type', `It is nested more than ${mostLevels} levels deep`, 'make it flatter');
  if (Array.isArray(value)) return value.map((item) => dropNulls(item, level + 1));
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(kept.map(([key, member]) => [key, dropNulls(member, level + 1)]));
}

/** The value of a JSON text, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sharedLetters(a: string, b: string): boolean {
  const letters = (word: string) => [...word.toLowerCase()].sort().join('');
  const [short, long] = [a.toLowerCase(), b.toLowerCase()].sort((x, y) => x.length - y.length) as [
    string,
    string,
  ];
  return letters(a) === letters(b) || isSubsequence(short, long);
}

function isSubsequence(short: string, long: string): boolean {
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}
