import { expect, test } from 'vitest';
import { Random, type RandomState } from './index.ts';

const draws = (random: Random, count: number) => Array.from({ length: count }, () => random.uint32());

/** xoshiro128** as its authors write it, in integers without sign. */
function* reference(state: RandomState): Generator<number> {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const s = state.words.map(BigInt) as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield Number((rotate((s[1] * 5n) & mask, 7n) * 9n) & mask);
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
  }
}

test('Random.uint32() is xoshiro128**', () => {
  for (const seed of [0, 1, -7, 2 ** 31]) {
    const random = new Random(seed);
    const wanted = reference(random.state()).take(200).toArray();
    expect(draws(random, 200)).toEqual(wanted);
  }
});

test('Random gives the numbers it has always given: runs of older versions resume', () => {
  expect(draws(new Random(42), 4)).toEqual([2837322924, 544945897, 479756282, 3500138142]);
  expect(draws(new Random(42, 'dropout', 3), 2)).toEqual([3249212350, 3241333186]);
});

test('Random streams differ by seed, part, and order of parts', () => {
  const streams = [
    new Random(1),
    new Random(2),
    new Random(1, 0),
    new Random(1, 1, 2),
    new Random(1, 2, 1),
    new Random(1, '1'),
    new Random(1, 'epoch', 1),
  ].map((random) => draws(random, 3).join());
  expect(new Set(streams).size).toBe(streams.length);
});

test('Random.restore() continues to the bit, between the two normals of a pair too, through JSON', () => {
  const random = new Random(3);
  for (let i = 0; i < 5; i++) {
    random.normal();
    const copy = Random.restore(JSON.parse(JSON.stringify(random.state())));
    const next = [copy.normal(), copy.uniform(), copy.below(10), copy.normal()];
    expect(next).toEqual([random.normal(), random.uniform(), random.below(10), random.normal()]);
  }
});

test('Random.uniform() lies in [0, 1) and fills it evenly', () => {
  const random = new Random(5);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const x = random.uniform();
    const bin = Math.floor(x * 10);
    counts[bin] = (counts[bin] ?? Number.NaN) + 1;
  }
  expect(counts).toHaveLength(10);
  // Chi-squared with 9 degrees of freedom exceeds 28 once in a thousand
  expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(28);
});

test('Random.below() is even where the bound does not divide 2^32', () => {
  const random = new Random(6);
  const bound = 3 * 2 ** 30;
  let low = 0;
  for (let i = 0; i < 3000; i++) if (random.below(bound) < 2 ** 30) low++;
  // A third; with modulo bias it would be a half
  expect(low).toBeGreaterThan(900);
  expect(low).toBeLessThan(1100);
  expect(new Random(1).below(1)).toBe(0);
  expect(() => random.below(0)).toThrow('must be in [1, 2^32], current value is 0');
  expect(() => random.below(1.5)).toThrow('current value is 1.5');
});

test('Random.normal() has the moments of a standard normal', () => {
  const random = new Random(7);
  const values = Array.from({ length: 20_000 }, () => random.normal());
  const moment = (power: number) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.03);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
  expect(Math.abs(moment(3))).toBeLessThan(0.1);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
});

test('Random.shuffled() gives every order alike and leaves its argument alone', () => {
  const random = new Random(8);
  const list = [1, 2, 3];
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = random.shuffled(list).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  expect(list).toEqual([1, 2, 3]);
});
