import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { packSequences, planBatches, type Sequence } from './index.ts';

const sequence = (ids: readonly number[], promptLength = 0): Sequence => ({
  ids,
  trained: ids.map((_, index) => index >= promptLength),
});

const documents = [
  [1, 2, 3, 4, 5],
  [6, 7],
  [8, 9, 10],
  [11, 12],
];

test("packSequences() with 'bfd' gives TRL's rows", () => {
  const input = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10], [11]].map((ids) => everyTrained(ids));
  const rows = packSequences(input, { length: 4, strategy: 'bfd' });
  expect(rows.map((row) => [...row.ids])).toEqual([
    [1, 2, 3, 4],
    [8, 9, 10, 11],
    [6, 7],
  ]);
  expect(rows.map((row) => row.sequenceLengths)).toEqual([[4], [3, 1], [2]]);
});

test("packSequences() with 'bfd_split' gives TRL's rows", () => {
  const input = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10], [11]].map((ids) => everyTrained(ids));
  const rows = packSequences(input, { length: 4, strategy: 'bfd_split' });
  expect(rows.map((row) => [...row.ids])).toEqual([
    [1, 2, 3, 4],
    [8, 9, 10, 5],
    [6, 7, 11],
  ]);
  expect(rows.map((row) => row.sequenceLengths)).toEqual([[4], [3, 1], [2, 1]]);
});

test('packSequences() restarts positions and trains no first token of a document', () => {
  const [row] = packSequences(
    documents.slice(1, 3).map((ids) => sequence(ids)),
    { length: 5 },
  );
  expect([...(row?.ids ?? [])]).toEqual([8, 9, 10, 6, 7]);
  expect([...(row?.positions ?? [])]).toEqual([0, 1, 2, 0, 1]);
  expect([...(row?.documents ?? [])]).toEqual([1, 1, 1, 2, 2]);
  expect(row?.trained).toEqual([false, true, true, false, true]);
});

test('packSequences() refuses to cut off all trained tokens', () => {
  expect(() => packSequences([sequence([1, 2, 3, 4], 3)], { length: 3 })).toThrow(
    /none of its trained tokens would be left; raise the length/,
  );
});

test('packSequences() with splitting keeps every token once and every row within the length', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 12 }),
      (sizes, length) => {
        let next = 0;
        const input = sizes.map((size) => sequence(Array.from({ length: size }, () => next++)));
        const rows = packSequences(input, { length, strategy: 'bfd_split' });
        const ids = rows.flatMap((row) => [...row.ids]).sort((a, b) => a - b);
        expect(ids).toEqual(Array.from({ length: next }, (_, index) => index));
        expect(rows.every((row) => row.ids.length <= length)).toBe(true);
      },
    ),
  );
});

test('planBatches() takes every example once, in another order each epoch', () => {
  const lengths = Array.from({ length: 103 }, (_, index) => (index * 37) % 64);
  for (const groupByLength of [false, true]) {
    const first = planBatches(lengths, { batchSize: 8, seed: 1, epoch: 0, groupByLength });
    const second = planBatches(lengths, { batchSize: 8, seed: 1, epoch: 1, groupByLength });
    expect(first.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
    expect(first).toEqual(planBatches(lengths, { batchSize: 8, seed: 1, epoch: 0, groupByLength }));
    expect(first).not.toEqual(second);
    expect(first.map((batch) => batch.length)).toEqual([...Array<number>(12).fill(8), 7]);
  }
});

test('planBatches() drops a last batch that is not full, and keeps the order without shuffling', () => {
  const options = { batchSize: 4, seed: 0, dropLast: true, shuffle: false };
  expect(planBatches([1, 1, 1, 1, 1, 1], options)).toEqual([[0, 1, 2, 3]]);
  expect(() => planBatches([1], { batchSize: 0, seed: 0 })).toThrow(InputError);
});

test('planBatches() by length pads far less', () => {
  const lengths = Array.from({ length: 1000 }, (_, index) => ((index * 7919) % 500) + 1);
  const padded = (groupByLength: boolean) =>
    planBatches(lengths, { batchSize: 10, seed: 3, groupByLength })
      .map((batch) => Math.max(...batch.map((index) => lengths[index] ?? 0)) * batch.length)
      .reduce((sum, size) => sum + size, 0);
  expect(padded(true)).toBeLessThan(0.6 * padded(false));
});

function everyTrained(ids: readonly number[]): Sequence {
  return { ids, trained: ids.map(() => true) };
}
