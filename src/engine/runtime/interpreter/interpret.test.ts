// The oracle's own oracle: values known by other means, and refusals.
import { expect, test } from 'vitest';
import { hostTensor, relativeDifference } from '../../../testing/index.ts';
import {
  add,
  argMax,
  cast,
  constant,
  crossEntropy,
  div,
  erf,
  gatherRows,
  input,
  layerNorm,
  matMul,
  mul,
  reduceMean,
  rmsNorm,
  rotary,
  silu,
  slice,
  softmax,
  softplus,
  type Tensor,
  transpose,
} from '../../graph/index.ts';
import { interpret } from './index.ts';

const values = (y: Tensor, feeds: Parameters<typeof interpret>[1] = {}) =>
  Array.from(interpret({ outputs: { y } }, feeds).y?.data ?? []);
const row = (...data: number[]) => constant(data, [data.length]);

test('interpret() computes in float64', () => {
  expect(values(add(row(1), row(2 ** -40)))).toEqual([1 + 2 ** -40]);
});

test('interpret() agrees with tabulated special functions', () => {
  const wanted = [0.1124629160182849, 0.8427007929497149, -0.9953222650189527, 0.9999779095030014, 1];
  expect(relativeDifference(values(erf(row(0.1, 1, -2, 3, 30))), wanted)).toBeLessThan(1e-15);
  expect(values(softplus(row(-800, 0, 800)))).toEqual([0, Math.LN2, 800]);
  expect(values(silu(row(-800, 0, 800)))).toEqual([-0, 0, 800]);
});

test('interpret() agrees with sums done by hand', () => {
  const x = constant([1, 2, 3, 4, 5, 6], [2, 3]);
  expect(values(transpose(x, [1, 0]))).toEqual([1, 4, 2, 5, 3, 6]);
  expect(values(reduceMean(x, { axes: [0] }))).toEqual([2.5, 3.5, 4.5]);
  expect(values(matMul(x, x, { transposeB: true, scale: 2 }))).toEqual([28, 64, 64, 154]);
  expect(values(argMax(x, 0))).toEqual([1, 1, 1]);
  expect(values(softmax(row(0, Math.log(3))))).toEqual([0.25, 0.75]);
  const ones = constant([1, 1, 1], [3]);
  expect(values(rmsNorm(row(3, 0, 0), ones, 0))[0]).toBeCloseTo(Math.sqrt(3), 14);
  const normal = layerNorm(row(1, 2, 3), ones, { bias: constant([1, 1, 1], [3]), epsilon: 0 });
  expect(values(normal)[2]).toBeCloseTo(1 + Math.sqrt(1.5), 14);
  const { losses } = crossEntropy(constant([0, 0, 0, 0], [1, 4]), constant([2], [1], 'int64'));
  expect(values(losses)[0]).toBeCloseTo(Math.log(4), 14);
});

test('interpret() turns halves against each other, as Llama does', () => {
  const x = constant([1, 2, 3, 4], [1, 1, 1, 4]);
  const position = constant([1], [1, 1], 'int64');
  const cos = constant([9, 9, 0, 0.6], [2, 2]);
  const sin = constant([9, 9, 1, 0.8], [2, 2]);
  const turned = values(rotary(x, position, { cos, sin }));
  const wanted = [-3, 2 * 0.6 - 4 * 0.8, 1, 4 * 0.6 + 2 * 0.8];
  expect(relativeDifference(turned, wanted)).toBeLessThan(1e-15);
});

test('interpret() divides and truncates integers towards zero', () => {
  const a = constant([7, -7], [2], 'int64');
  expect(values(div(a, 2))).toEqual([3, -3]);
  expect(values(cast(row(2.9, -2.9), 'int32'))).toEqual([2, -2]);
});

test('interpret() refuses what its types cannot hold, naming the node', () => {
  const indices = constant([3], [1], 'int64');
  expect(() => values(gatherRows(constant([1, 2, 3], [3, 1]), indices))).toThrow(
    /Cannot compute Node \d+ 'gatherRows' -> float32\[1, 1\]: Index 3 is outside \[0, 3\)/,
  );
  const big = constant([2 ** 31 - 1], [1], 'int32');
  expect(() => values(mul(big, 2))).toThrow('4294967294 is no int32');
  expect(() => values(div(big, 0))).toThrow('by zero');
  expect(() => values(cast(row(NaN), 'int64'))).toThrow('NaN is no int64');
});

test('interpret() refuses a slice that its sizes make wrong', () => {
  const x = input('x', 'float32', ['L']);
  const y = slice(x, { axis: 0, start: 4 });
  expect(() => values(y, { x: hostTensor('float32', [2], [1, 2]) })).toThrow('[4, 2) is no range within 2');
});

test('interpret() refuses feeds that do not fit', () => {
  const x = input('x', 'float32', ['B', 2]);
  const y = mul(x, input('scale', 'float32', ['B', 1]));
  const feed = (...shape: number[]) => hostTensor('float32', shape, new Float32Array(shape[0]! * shape[1]!));
  const run = (feeds: Parameters<typeof interpret>[1]) => () => values(y, feeds);
  expect(run({ x: feed(3, 2) })).toThrow("Cannot run the graph: input 'scale' is missing");
  expect(run({ x: feed(3, 3), scale: feed(3, 1) })).toThrow(
    "Cannot feed float32[3, 3] to input 'x' of type float32[B, 2] at axis 1",
  );
  expect(run({ x: feed(3, 2), scale: feed(2, 1) })).toThrow(
    "Cannot feed float32[2, 1] to input 'scale' of type float32[B, 1] at axis 0: 'B' is 3 by the other inputs, not 2",
  );
  expect(run({ x: hostTensor('int64', [1, 2], [1, 2]), scale: feed(1, 1) })).toThrow(
    "Cannot feed int64[1, 2] to input 'x' of type float32[B, 2]",
  );
  expect(run({ x: hostTensor('float32', [2, 2], [1, 2, 3]), scale: feed(2, 1) })).toThrow(
    '3 elements do not fill [2, 2]',
  );
});

test('interpret() checks a sum of names against its parts, wherever it stands', () => {
  const whole = input('whole', 'float32', ['past+L']);
  const parts = ['past', 'L'].map((name) => input(name, 'float32', [name]));
  const outputs = { whole, past: parts[0] as Tensor, now: parts[1] as Tensor };
  const feed = (size: number) => hostTensor('float32', [size], new Float32Array(size));
  expect(() => interpret({ outputs }, { whole: feed(5), past: feed(2), L: feed(3) })).not.toThrow();
  expect(() => interpret({ outputs }, { whole: feed(6), past: feed(2), L: feed(3) })).toThrow(
    "'past+L' is 5 by the other inputs, not 6",
  );
});
