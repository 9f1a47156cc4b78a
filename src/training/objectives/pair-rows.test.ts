// How pairs are laid out: TRL's collator vector for separate rows, and the shared prompt.
import { expect, test } from 'vitest';
import { type EncodedPair, pairRows, sharedLength } from './pair-rows.ts';

function pair(prompt: number[], chosen: number[], rejected: number[]): EncodedPair {
  const side = (answer: number[]) => ({
    ids: [...prompt, ...answer],
    trained: [...prompt.map(() => false), ...answer.map(() => true)],
  });
  return { chosen: side(chosen), rejected: side(rejected) };
}

const pairs = [pair([1, 2, 3], [4, 5], [6]), pair([7, 8], [9], [10, 11])];

function grid(values: Int32Array, length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, r) => [
    ...values.subarray(r * length, (r + 1) * length),
  ]);
}

test('pairRows() with separate rows puts chosen rows first, then rejected ones, as TRL does', () => {
  const { rows, owners, isChosen } = pairRows(pairs, { padId: 0, multipleOf: 1, sharePrompt: false });
  expect(grid(rows.ids, rows.length)).toEqual([
    [1, 2, 3, 4, 5],
    [7, 8, 9, 0, 0],
    [1, 2, 3, 6, 0],
    [7, 8, 10, 11, 0],
  ]);
  expect([...rows.labels]).toEqual([4, 5, 9, 6, 10, 11]);
  expect([...rows.sources]).toEqual([2, 3, 6, 12, 16, 17]);
  expect([...owners]).toEqual([0, 0, 1, 0, 1, 1]);
  expect([...isChosen]).toEqual([1, 1, 1, 0, 0, 0]);
  expect(rows.branches).toBeUndefined();
});

test('pairRows() computes a shared prompt once and lets both answers go on from its last token', () => {
  const { rows, owners, isChosen } = pairRows(pairs, { padId: 0, multipleOf: 8 });
  expect(grid(rows.ids, rows.length)).toEqual([
    [1, 2, 3, 4, 5, 6, 0, 0],
    [7, 8, 9, 10, 11, 0, 0, 0],
  ]);
  expect(grid(rows.positions, rows.length)[0]).toEqual([0, 1, 2, 3, 4, 3, 0, 0]);
  expect(grid(rows.branches as Int32Array, rows.length)[0]).toEqual([0, 0, 0, 1, 1, 2, 0, 0]);
  expect([...rows.sources]).toEqual([2, 3, 2, 9, 9, 11]);
  expect([...rows.labels]).toEqual([4, 5, 6, 9, 10, 11]);
  expect([...owners]).toEqual([0, 0, 0, 1, 1, 1]);
  expect([...isChosen]).toEqual([1, 1, 0, 1, 0, 0]);
});

test('sharedLength() ends where an answer begins, even if the answers begin alike', () => {
  expect(sharedLength(pair([1, 2], [3, 4], [3, 5]))).toBe(2);
});

test('pairRows() keeps answers without a common token apart', () => {
  const { rows } = pairRows([pair([], [1, 2], [3, 4])], { padId: 0, multipleOf: 1 });
  expect([...rows.ids]).toEqual([1, 2, 3, 4]);
  expect([...rows.positions]).toEqual([0, 1, 0, 1]);
  // The first token of a sequence is predicted by nothing
  expect([...rows.sources]).toEqual([0, 2]);
  expect([...rows.labels]).toEqual([2, 4]);
});
