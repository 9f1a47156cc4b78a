// Page tokens: the last row's keys and a mark of the search they belong to, opaque to clients.
import { fingerprint, InputError } from '../../core/index.ts';
import type { PageValue, SortKey } from './paging.ts';

/** Numbers that JSON has no word for, as strings that no other value looks like. */
const NUMBERS: Readonly<Record<string, number>> = {
  '#Infinity': Infinity,
  '#-Infinity': -Infinity,
  '#NaN': NaN,
};
const UNREADABLE = 'Invalid page token, could not base64-decode';

/**
 * The token of the page that begins behind a row. `query` is all that the result depends on (filter, order_by, parents), as JSON.
 */
export function encodePageToken(values: readonly PageValue[], query: unknown): string {
  const content = { v: values.map(encodeValue), q: markOf(query) };
  return Buffer.from(JSON.stringify(content)).toString('base64');
}

/**
 * The values of a token, one for each key.
 * @throws InputError when it is no token, or one of another search.
 */
export function decodePageToken(
  token: string,
  query: unknown,
  keys: readonly SortKey[],
): readonly PageValue[] {
  const content = readContent(token);
  if (content.mark !== markOf(query)) {
    throw new InputError(
      'Repeat the search that the page token came from, or leave the token out: it belongs to another filter or order_by',
    );
  }
  if (content.values.length !== keys.length) throw new InputError(UNREADABLE);
  return keys.map((key, index) => decodeValue(content.values[index], key));
}

function markOf(query: unknown): string {
  return fingerprint(query).slice(0, 16);
}

function readContent(token: string): { mark: unknown; values: readonly unknown[] } {
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(token, 'base64').toString());
  } catch {
    throw new InputError(UNREADABLE);
  }
  if (typeof content !== 'object' || content === null || !('v' in content) || !('q' in content)) {
    throw new InputError(UNREADABLE);
  }
  const values: unknown = content.v;
  if (!Array.isArray(values)) throw new InputError(UNREADABLE);
  return { mark: content.q, values };
}

function encodeValue(value: PageValue): PageValue {
  if (typeof value !== 'number') return value;
  if (Object.is(value, -0)) return 0;
  return Number.isFinite(value) ? value : `#${value}`;
}

/** Tokens come from outside: a value of the wrong type would be the database's error. */
function decodeValue(value: unknown, { holds, nulls }: SortKey): PageValue {
  if (value === null && nulls !== undefined) return null;
  if (holds === 'text' && typeof value === 'string' && !value.includes('\0')) return value;
  if (holds === 'number' && typeof value === 'number') return value;
  if (holds === 'number' && typeof value === 'string' && Object.hasOwn(NUMBERS, value))
    return NUMBERS[value] ?? NaN;
  throw new InputError(UNREADABLE);
}
