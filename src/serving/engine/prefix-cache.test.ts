// Known beginnings: what is found, what goes first, what an adapter's end takes along.
import { expect, test } from 'vitest';
import { PrefixCache, pageTokens } from './prefix-cache.ts';

const floats = 4;
const pageBytes = floats * Float32Array.BYTES_PER_ELEMENT;
const adapter = { name: 'a', rank: 1, bytes: 1 };

/** `pages` pages of tokens, told by a seed. */
const tokensOf = (pages: number, seed: number) =>
  Array.from({ length: pages * pageTokens }, (_, i) => seed + i);

/** Blocks that tell which page they are. */
function stored(cache: PrefixCache, tokens: readonly number[], over?: typeof adapter): number[] {
  const read: number[] = [];
  cache.store(tokens, over, (start) => {
    read.push(start);
    return new Float32Array(floats).fill(tokens[start] as number);
  });
  return read;
}

const found = (cache: PrefixCache, tokens: readonly number[], over?: typeof adapter) =>
  cache.find(tokens, over).map(([first]) => first);

test('PrefixCache finds full pages from the start on, each under its adapter only', () => {
  const cache = new PrefixCache(100 * pageBytes);
  const tokens = tokensOf(3, 0);
  expect(stored(cache, [...tokens, 7, 8])).toEqual([0, 16, 32]);
  expect(stored(cache, tokens)).toEqual([]);
  expect(found(cache, [...tokens, 9])).toEqual([0, 16, 32]);
  expect(found(cache, tokens.slice(0, 47))).toEqual([0, 16]);
  expect(found(cache, tokens.with(20, -1))).toEqual([0]);
  // The same page behind another beginning is another page
  expect(found(cache, tokens.slice(16))).toEqual([]);
  expect(found(cache, tokens, adapter)).toEqual([]);
  expect(cache.knownTokens(tokens, undefined)).toBe(48);
  expect(cache.size).toEqual({ bytes: 3 * pageBytes, byteLimit: 100 * pageBytes, pages: 3 });
});

test('PrefixCache drops what was met longest ago, ends before beginnings', () => {
  const cache = new PrefixCache(5 * pageBytes);
  const [a, b] = [tokensOf(3, 0), tokensOf(2, 1000)];
  stored(cache, a);
  stored(cache, b);
  found(cache, a.slice(0, 16));
  stored(cache, tokensOf(2, 5000));
  expect(cache.size.bytes).toBe(5 * pageBytes);
  expect(found(cache, a)).toEqual([0]);
  expect(found(cache, b)).toEqual([1000, 1016]);
});

test('PrefixCache keeps the beginning of what is too long for it', () => {
  const cache = new PrefixCache(3.5 * pageBytes);
  stored(cache, tokensOf(9, 0));
  expect(found(cache, tokensOf(9, 0))).toEqual([0, 16, 32]);
  const none = new PrefixCache(0);
  expect(stored(none, tokensOf(2, 0))).toEqual([]);
});

test('PrefixCache.forget() drops an adapter’s pages and no others', () => {
  const cache = new PrefixCache(100 * pageBytes);
  stored(cache, tokensOf(3, 0), adapter);
  stored(cache, tokensOf(3, 0));
  stored(cache, [...tokensOf(1, 0), ...tokensOf(2, 500)], adapter);
  cache.forget(adapter);
  expect(found(cache, tokensOf(3, 0), adapter)).toEqual([]);
  expect(found(cache, tokensOf(3, 0))).toEqual([0, 16, 32]);
  expect(cache.size.pages).toBe(3);
});
