import { expect, test } from 'vitest';
import { add, input, mul, reshape, stopGradient } from '../graph/index.ts';
import { assertInPlaceSafe } from './in-place.ts';

const pairs = [{ from: 'x', to: 'next' }];

test('assertInPlaceSafe() sees readers through views, which share the input’s memory', () => {
  const x = input('x', 'float32', [2, 2]);
  const flat = reshape(x, [4]);
  const next = add(x, reshape(flat, [2, 2]));
  expect(() => assertInPlaceSafe({ outputs: { next } }, pairs)).not.toThrow();
  expect(() => assertInPlaceSafe({ outputs: { next, y: mul(flat, 2) } }, pairs)).toThrow(
    /may read it afterwards/,
  );
});

test('assertInPlaceSafe() refuses to overwrite an input that is an output as well', () => {
  const x = input('x', 'float32', [2]);
  const outputs = { next: add(x, 1), before: stopGradient(x) };
  expect(() => assertInPlaceSafe({ outputs }, pairs)).toThrow("output 'before' is that input");
});
