import { expect, test } from 'vitest';
import {
  add,
  apply,
  argMax,
  broadcastTo,
  concat,
  constant,
  crossEntropy,
  type DType,
  GraphError,
  gatherRows,
  input,
  layerNorm,
  matMul,
  pad,
  range,
  reduceSum,
  reshape,
  rotary,
  type Shape,
  scatterAddAlongLast,
  scatterAddRows,
  slice,
  takeAlongLast,
  transpose,
  where,
} from './index.ts';

const x = (shape: Shape, dtype: DType = 'float32') => input('x', dtype, shape);
const i = (shape: Shape) => x(shape, 'int64');

const refused: readonly (readonly [string, () => unknown, string])[] = [
  [
    'shapes that differ',
    () => add(x([2, 3]), x([4])),
    "Cannot apply 'add' to (float32[2, 3], float32[4]): shapes do not broadcast",
  ],
  [
    'names that differ',
    () => add(x(['B']), x(['L'])),
    "Cannot apply 'add' to (float32[B], float32[L]): shapes do not broadcast",
  ],
  [
    'types that differ',
    () => add(x([2]), i([2])),
    "Cannot apply 'add' to (float32[2], int64[2]): element types differ",
  ],
  ['arithmetic of truth', () => add(x([2], 'bool'), x([2], 'bool')), 'does not take bool'],
  ['too few operands', () => apply('add', [x([2])], {}), 'takes 2 operands, got 1'],
  ['a condition that is none', () => where(x([2]), x([2]), 0), 'the condition must be bool'],
  ['an axis outside', () => reduceSum(x([2, 3]), { axes: [2] }), 'axis 2 is outside rank 2'],
  ['an axis too far before', () => reduceSum(x([2, 3]), { axes: [-3] }), 'axis -1 is outside rank 2'],
  [
    'an axis from the end, raw',
    () => apply('reduceSum', [x([2])], { axes: [-1], keepDims: false }),
    'axis -1 is outside rank 1',
  ],
  ['axes that repeat', () => reduceSum(x([2, 3]), { axes: [1, -1] }), 'axes 1,1 repeat'],
  ['argMax of integers', () => argMax(i([3])), "Cannot apply 'argMax' to (int64[3]): takes float32"],
  [
    'a reshape of another size',
    () => reshape(x(['B', 4]), ['B', 5]),
    "Cannot apply 'reshape' to (float32[B, 4]): [B, 5] has another number of elements",
  ],
  ['a permutation that is none', () => transpose(x([2, 3]), [0, 0]), '[0,0] is no permutation of its axes'],
  ['a broadcast that shrinks', () => broadcastTo(x([2, 3]), [3]), 'does not broadcast to [3]'],
  [
    'a concatenation of other rows',
    () => concat([x([2, 3]), x([2, 4])], 0),
    'operands differ outside the axis',
  ],
  ['a slice outside', () => slice(x([4]), { axis: 0, start: 2, end: 5 }), '[2, 5) is no range within 4'],
  [
    'a slice that goes back',
    () => slice(x(['L']), { axis: 0, start: 'L', end: 'L+-1' }),
    '[L, L+-1) is no range within L',
  ],
  ['a pad of integers', () => pad(i([3]), { axis: 0, before: 1 }), 'takes float32'],
  ['a pad that cuts', () => pad(x([3]), { axis: 0, before: -1 }), 'cannot be negative'],
  ['indices that are none', () => gatherRows(x([3, 2]), x([2])), 'indices must be integers'],
  ['rows of a scalar', () => gatherRows(x([]), i([2])), 'data must have rows'],
  [
    'updates of other rows',
    () => scatterAddRows(x([3, 2]), i([4]), x([4, 3])),
    'updates must be [...indices, ...row]',
  ],
  ['indices of another rank', () => takeAlongLast(x([3, 2]), i([3])), 'ranks must be equal and at least 1'],
  [
    'indices of other rows',
    () => takeAlongLast(x([3, 2]), i([4, 1])),
    'all but the last dimension must agree',
  ],
  [
    'updates of another shape',
    () => scatterAddAlongLast(x([3, 2]), i([3, 1]), x([3, 2])),
    'updates must have the shape of the indices',
  ],
  ['a product of vectors', () => matMul(x([3]), x([3])), 'takes matrices'],
  [
    'inner sizes that differ',
    () => matMul(x(['B', 3]), x(['B', 3])),
    "Cannot apply 'matMul' to (float32[B, 3], float32[B, 3]): inner dimensions 3 and B differ",
  ],
  ['batches that differ', () => matMul(x([2, 3, 3]), x([3, 3, 3])), 'batch dimensions do not broadcast'],
  [
    'a weight of another size',
    () => layerNorm(x([2, 3]), x([2]), { bias: x([2]), epsilon: 1e-5 }),
    'weight must span the last dimension',
  ],
  [
    'a bias of another size',
    () => layerNorm(x([2, 3]), x([3]), { bias: x([2]), epsilon: 1e-5 }),
    'bias must have the shape of the weight',
  ],
  [
    'an odd head',
    () => rotary(x([1, 1, 2, 3]), i([1, 2]), { cos: x([4, 1]), sin: x([4, 1]) }),
    'head size must be a known even number',
  ],
  [
    'positions of another length',
    () => rotary(x([1, 1, 2, 4]), i([1, 3]), { cos: x([4, 2]), sin: x([4, 2]) }),
    'positions must be [batch, length]',
  ],
  [
    'tables of another size',
    () => rotary(x([1, 1, 2, 4]), i([1, 2]), { cos: x([4, 4]), sin: x([4, 4]) }),
    'cos and sin must be',
  ],
  ['labels that are none', () => crossEntropy(x([2, 3]), x([2])), 'indices must be integers'],
  ['labels of other rows', () => crossEntropy(x([2, 3]), i([3])), 'takes [N, classes] and [N]'],
  [
    'a constant that is not filled',
    () => constant([1, 2], [3]),
    "Cannot apply 'constant' to (): 2 values do not fill [3]",
  ],
  ['a size that is no size', () => x([2.5]), 'has a size that is no whole number'],
  ['a name in another form', () => x(['L+past']), "write the dimension 'L+past' as 'past+L'"],
  ['a range of a negative size', () => range(-1), 'has a size that is no whole number'],
];

test.each(refused)('inferTypes() refuses %s', (_, build, message) => {
  expect(build).toThrow(GraphError);
  expect(build).toThrow(message);
});

test('inferTypes() keeps names through layout', () => {
  const rows = x(['B', 'L', 4]);
  expect(reshape(rows, ['B*L', 4]).shape).toEqual(['B*L', 4]);
  expect(concat([rows, rows], 1).shape).toEqual(['B', '2*L', 4]);
  expect(slice(rows, { axis: 1, start: 1 }).shape).toEqual(['B', 'L+-1', 4]);
  expect(pad(rows, { axis: 0, before: 'L', after: 2 }).shape).toEqual(['L+B+2', 'L', 4]);
  expect(gatherRows(rows, i([])).shape).toEqual(['L', 4]);
  expect(matMul(rows, x(['past', 4]), { transposeB: true }).shape).toEqual(['B', 'L', 'past']);
  expect(reduceSum(rows, { axes: [1], keepDims: true }).shape).toEqual(['B', 1, 4]);
});
