import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addDims,
  broadcastShapes,
  type Dim,
  dimTerms,
  evaluateDim,
  multiplyDims,
  sizeOf,
  subtractDims,
} from './index.ts';

const bindings = new Map([
  ['B', 3],
  ['L', 5],
  ['past', 0],
]);

/** Dimensions as arithmetic makes them. */
const dims = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -9, max: 9 }),
    fc.constantFrom(...bindings.keys()),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => addDims(a, b)),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => subtractDims(a, b)),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => multiplyDims(a, b)),
  ),
})).dim;

const value = (dim: Dim) => evaluateDim(dim, bindings);

test('addDims(), subtractDims() and multiplyDims() do what they do with numbers', () => {
  fc.assert(
    fc.property(dims, dims, (a, b) => {
      expect(value(addDims(a, b))).toBe(value(a) + value(b));
      expect(value(subtractDims(a, b))).toBe(value(a) - value(b) + 0);
      expect(value(multiplyDims(a, b))).toBe(value(a) * value(b) + 0);
    }),
  );
});

test('dimensions that are equal as polynomials are equal as texts', () => {
  fc.assert(
    fc.property(dims, dims, dims, (a, b, c) => {
      expect(addDims(a, b)).toBe(addDims(b, a));
      expect(multiplyDims(a, b)).toBe(multiplyDims(b, a));
      expect(multiplyDims(a, addDims(b, c))).toBe(addDims(multiplyDims(a, b), multiplyDims(a, c)));
      expect(addDims(subtractDims(a, b), b)).toBe(a);
      expect(subtractDims(a, a)).toBe(0);
    }),
  );
});

test('the texts are those that people write', () => {
  expect(addDims('past', 'L')).toBe('past+L');
  expect(multiplyDims('L', 'B')).toBe('B*L');
  expect(sizeOf(['B', 'L', 4])).toBe('4*B*L');
  expect(subtractDims('L', 1)).toBe('L+-1');
  expect(multiplyDims('B', 'B')).toBe('B*B');
  expect(sizeOf([])).toBe(1);
  expect(sizeOf(['B', 0])).toBe(0);
});

test('dimTerms() gives each product with its coefficient', () => {
  expect(dimTerms('2*B*L+past+-3')).toEqual([
    [2, ['B', 'L']],
    [1, ['past']],
    [-3, []],
  ]);
});

test('evaluateDim() names the dimension that is not bound', () => {
  expect(() => evaluateDim('2*B+heads', bindings)).toThrow(
    "Cannot evaluate dimension '2*B+heads': 'heads' is not bound",
  );
});

test('broadcastShapes() lines shapes up at the end, and takes names for sizes of their own', () => {
  expect(broadcastShapes(['B', 1, 3], ['L', 1])).toEqual(['B', 'L', 3]);
  expect(broadcastShapes([], [2])).toEqual([2]);
  expect(broadcastShapes([0], [1])).toEqual([0]);
  expect(broadcastShapes(['B'], ['L'])).toBeUndefined();
  expect(broadcastShapes(['B'], [2])).toBeUndefined();
});
