// KTO against computed vectors, and where its gradient goes.
import { expect, test } from 'vitest';
import { constant, gradient, interpret, reduceSum, scalar, type Tensor } from '../../engine/index.ts';
import { ktoLoss, ktoReferencePoint } from './index.ts';

const policy = constant([-0.5, -10, -1, -0.1, -30, -21], [6]);
const reference = constant([-0.5, -10.1, -0.1, -0.1, -20.1, -0.1], [6]);
const desirable = constant([1, 1, 1, 0, 0, 0], [6], 'bool');
const options = { beta: 0.1, desirableWeight: 1, undesirableWeight: 1 };

function valuesOf(tensor: Tensor): number[] {
  return [...(interpret({ outputs: { y: tensor } }, {}).y?.data ?? [])];
}

function lossAt(referencePoint: Tensor, weights: Partial<typeof options> = {}): Tensor {
  return ktoLoss({ policy, reference, desirable }, { ...options, ...weights, referencePoint });
}

test.each([
  [0, [0.5, 0.4975, 0.522485, 0.5, 0.270912, 0.110073], 0.400162],
  [0.5, [0.512497, 0.509999, 0.534943, 0.487503, 0.26115, 0.105269], 0.401893],
])('ktoLoss() has the values of the table at reference point %d', (z, wanted, mean) => {
  const actual = valuesOf(lossAt(scalar(z)));
  wanted.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 6);
  });
  expect(actual.reduce((sum, value) => sum + value / 6, 0)).toBeCloseTo(mean, 5);
});

test('ktoLoss() weighs each kind by its own weight', () => {
  const equal = valuesOf(lossAt(scalar(0)));
  const weighed = valuesOf(lossAt(scalar(0), { desirableWeight: 2, undesirableWeight: 3 }));
  weighed.forEach((value, i) => {
    expect(value).toBeCloseTo((equal[i] ?? Number.NaN) * (i < 3 ? 2 : 3), 9);
  });
});

test('ktoLoss() pushes desirable completions up and undesirable ones down', () => {
  const [g] = gradient(reduceSum(lossAt(scalar(0.5))), [policy]) as [Tensor];
  expect(valuesOf(g).map(Math.sign)).toEqual([-1, -1, -1, 1, 1, 1]);
});

test('ktoReferencePoint() is the mean log-ratio, at least 0, and stops the gradient', () => {
  const point = (data: readonly number[]) =>
    ktoReferencePoint({ policy: constant(data, [3]), reference: constant([-3.4, -7, -3], [3]) });
  expect(valuesOf(point([-3, -8, -2.5]))).toEqual([0]);
  expect(valuesOf(point([-3, -6, -2.5]))[0]).toBeCloseTo(1.9 / 3, 6);
  const moving = constant([-3, -6, -2.5], [3]);
  const loss = reduceSum(lossAt(ktoReferencePoint({ policy: moving, reference: scalar(-5) })));
  expect(valuesOf(gradient(loss, [moving])[0] as Tensor)).toEqual([0, 0, 0]);
});
