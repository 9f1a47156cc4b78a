// Page tokens come back as they went out, and no other way.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { decodePageToken, encodePageToken, type SortKey } from './index.ts';

const KEYS: readonly SortKey[] = [
  { expression: sql.ref('value'), holds: 'number', descending: true, nulls: 'last' },
  { expression: sql.ref('id'), holds: 'text', descending: false },
];
const QUERY = { filter: 'metrics.a > 1', orderBy: ['metrics.a'], experiments: ['0'] };

test('decodePageToken gives the values that encodePageToken took', () => {
  for (const value of [
    0,
    -1.5,
    5e-324,
    1e300,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
    null,
  ]) {
    expect(decodePageToken(encodePageToken([value, 'ü"'], QUERY), QUERY, KEYS)).toEqual([value, 'ü"']);
  }
});

test('decodePageToken refuses the token of another search', () => {
  const token = encodePageToken([1, 'a'], QUERY);
  expect(() => decodePageToken(token, { ...QUERY, filter: 'metrics.a > 2' }, KEYS)).toThrow(
    'it belongs to another filter',
  );
});

test('decodePageToken refuses what is no token, and values that the database would choke on', () => {
  const json = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64');
  const mark = JSON.parse(Buffer.from(encodePageToken([], QUERY), 'base64').toString()).q;
  const forged = [[1], [1, 2], ['1', 'a'], [{}, 'a'], ['#toString', 'a'], [1, null], [1, 'a\0'], [1, 'a', 1]];
  for (const token of [
    '%%%',
    'abc',
    '',
    json(1),
    json({ offset: 3 }),
    json({ v: 1, q: mark }),
    ...forged.map((v) => json({ v, q: mark })),
  ]) {
    expect(() => decodePageToken(token, QUERY, KEYS)).toThrow('Invalid page token, could not base64-decode');
  }
});
