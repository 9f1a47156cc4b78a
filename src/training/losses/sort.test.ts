// Sorting inside a graph against sorting outside it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant, gradient, interpret, mul, reduceSum, type Tensor } from '../../engine/index.ts';
import { sortAscending } from './sort.ts';

function valuesOf(tensor: Tensor): number[] {
  return [...(interpret({ outputs: { y: tensor } }, {}).y?.data ?? [])];
}

test('sortAscending() sorts, ties included', () => {
  const numbers = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(numbers, (data) => {
      const sorted = valuesOf(sortAscending(constant(data, [data.length])));
      expect(sorted.map((x) => x + 0)).toEqual(data.toSorted((a, b) => a - b));
    }),
    { numRuns: 50 },
  );
});

test('sortAscending() leads gradients back to where the elements came from', () => {
  const x = constant([3, 1, 2, 1], [4]);
  const [g] = gradient(reduceSum(mul(sortAscending(x), constant([1, 2, 3, 4], [4]))), [x]) as [Tensor];
  expect(valuesOf(g)).toEqual([4, 1, 3, 2]);
});
