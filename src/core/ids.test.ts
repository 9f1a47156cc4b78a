// Names for new things.
import { expect, test } from 'vitest';
import { base62, timeOrderedId } from './ids.ts';

test('base62() is the number that the bytes are', () => {
  expect(base62(Uint8Array.of(0), 1)).toBe('0');
  expect(base62(Uint8Array.of(61), 3)).toBe('00z');
  expect(base62(Uint8Array.of(1, 0), 2)).toBe('48'); // 256 = 4 * 62 + 8
  expect(base62(new Uint8Array(32).fill(255), 43)).toHaveLength(43);
});

test('timeOrderedId() sorts by time, is 24 characters long and never the same', () => {
  const times = [0, 1, 61, 62, 1_700_000_000_000, 1_700_000_000_001, 8.64e13];
  const ids = times.map((time) => timeOrderedId('x-', time));
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^x-[0-9A-Za-z]{24}$/);
  const many = Array.from({ length: 1000 }, () => timeOrderedId('', 5));
  expect(new Set(many).size).toBe(1000);
  for (const id of many) expect(id).toHaveLength(24);
});
