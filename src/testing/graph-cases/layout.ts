// Cases of sources, layout and indexing.
import {
  add,
  broadcastTo,
  cast,
  concat,
  constant,
  dimension,
  gatherRows,
  mul,
  pad,
  range,
  reshape,
  scatterAddAlongLast,
  scatterAddRows,
  slice,
  type Tensor,
  takeAlongLast,
  transpose,
} from '../../engine/index.ts';
import { bool, float, type GraphCase, index, integers } from './case.ts';

const sizes = { B: 2, L: 3 };
const asFloat = (x: Tensor) => cast(x, 'float32');

export const layoutCases = {
  input: [
    { name: 'input as an output', operands: [float(['B', 3])], build: (x) => x, sizes },
    { name: 'input as two outputs', operands: [float(['B', 3])], build: (x) => [x, x], sizes },
    {
      name: 'input with a sum of names',
      operands: [float(['past+L']), float(['past']), float(['L'])],
      build: (x, past, now) => add(x, concat([past, now] as Tensor[], 0)),
      sizes: { past: 2, L: 3 },
    },
  ],
  constant: [
    {
      name: 'constant of plain numbers',
      operands: [float([2, 3])],
      build: (x) => add(x, constant([0.1, -2, 3e-9], [3])),
    },
    {
      name: 'constant of every type',
      operands: [],
      build: () => [
        constant([0.1, 2], [2]),
        constant([3, -4], [2], 'int64'),
        constant(Int32Array.of(5), [1], 'int32'),
        constant([1, 0], [2], 'bool'),
      ],
      constant: true,
    },
    {
      name: 'constant equal to an axis',
      operands: [float([2, 3])],
      build: (x) => [
        slice(x as Tensor, { axis: 0, start: 0, end: 1 }),
        constant([1], [1], 'int64'),
        constant([0], [1], 'int64'),
      ],
    },
    {
      name: 'constant of nothing',
      operands: [float([2, 0])],
      build: (x) => concat([x as Tensor, constant([], [2, 0])], 1),
    },
    {
      name: 'constant too large to share',
      operands: [float([20])],
      build: (x) =>
        add(
          x,
          constant(
            Float32Array.from({ length: 20 }, (_, i) => i / 7),
            [20],
          ),
        ),
    },
    {
      name: 'constant of either zero',
      operands: [],
      build: () => [constant([0], [1]), constant([-0], [1])],
      constant: true,
    },
  ],
  dimension: [
    {
      name: 'dimension of an input',
      operands: [float(['B', 3])],
      build: (x) => mul(x, asFloat(dimension('B'))),
      sizes,
    },
    {
      name: 'dimension computed',
      operands: [float(['B', 'L'])],
      build: (x) => mul(x, asFloat(dimension('B*L+2*B+1'))),
      sizes,
    },
  ],
  range: [
    {
      name: 'range of a named size',
      operands: [float(['L'])],
      build: (x) => mul(x, asFloat(range('L'))),
      sizes,
    },
    { name: 'range of a known size', operands: [float([4])], build: (x) => mul(x, asFloat(range(4))) },
    {
      name: 'range as an output',
      operands: [float(['L'])],
      build: (x) => [x as Tensor, range('L'), range(3)],
      sizes,
      constant: true,
    },
  ],

  reshape: [
    { name: 'reshape to known sizes', operands: [float([2, 6])], build: (x) => reshape(x, [3, 4]) },
    {
      name: 'reshape that joins names',
      operands: [float(['B', 'L', 4])],
      build: (x) => reshape(x, ['B*L', 4]),
      sizes,
    },
    {
      name: 'reshape that splits names',
      operands: [float(['B*L', 4]), float(['B', 'L'])],
      build: (x, y) => [reshape(x as Tensor, ['B', 'L', 2, 2]), y as Tensor],
      sizes,
    },
    {
      name: 'reshape that splits no elements',
      operands: [float(['B*L', 4]), float(['B', 'L'])],
      build: (x, y) => [reshape(x as Tensor, ['B', 'L', 4]), y as Tensor],
      sizes: { B: 3, L: 0 },
    },
    { name: 'reshape to a scalar', operands: [float([1, 1])], build: (x) => reshape(x, []) },
    { name: 'reshape to a known zero', operands: [float([0, 3])], build: (x) => reshape(x, [3, 0]) },
    {
      name: 'reshape of integers',
      operands: [index(['B', 3], 9)],
      build: (x) => reshape(x, [3, 'B']),
      sizes,
      constant: true,
    },
  ],
  transpose: [
    { name: 'transpose of a matrix', operands: [float(['B', 3])], build: (x) => transpose(x, [1, 0]), sizes },
    {
      name: 'transpose of heads',
      operands: [float(['B', 'L', 2, 2])],
      build: (x) => transpose(x, [0, 2, 1, 3]),
      sizes,
    },
    { name: 'transpose in a cycle', operands: [float([2, 3, 4])], build: (x) => transpose(x, [1, 2, 0]) },
    {
      name: 'transpose of many',
      operands: [float([8, 64, 4, 32])],
      build: (x) => transpose(x, [0, 2, 1, 3]),
      large: true,
    },
  ],
  broadcastTo: [
    {
      name: 'broadcastTo of inner ones',
      operands: [float([2, 1, 3])],
      build: (x) => broadcastTo(x, [4, 2, 5, 3]),
    },
    {
      name: 'broadcastTo of a scalar',
      operands: [float([]), float(['B', 3])],
      build: (x, y) => [broadcastTo(x as Tensor, ['B', 3]), y as Tensor],
      sizes,
    },
    {
      name: 'broadcastTo of the same shape',
      operands: [float([2, 3])],
      build: (x) => broadcastTo(x, [2, 3]),
    },
    {
      name: 'broadcastTo of truth values',
      operands: [bool([3])],
      build: (x) => broadcastTo(x, [2, 3]),
      constant: true,
    },
  ],
  concat: [
    {
      name: 'concat of named parts',
      operands: [float(['past', 2]), float(['L', 2]), float([1, 2])],
      build: (...parts) => concat(parts, 0),
      sizes: { past: 4, L: 3 },
    },
    {
      name: 'concat on the last axis',
      operands: [float([2, 3]), float([2, 1])],
      build: (...parts) => concat(parts, -1),
    },
    {
      name: 'concat of a tensor with itself',
      operands: [float(['B', 3])],
      build: (x) => concat([x, x] as Tensor[], 0),
      sizes,
    },
    {
      name: 'concat with an empty part',
      operands: [float(['past', 2]), float(['L', 2])],
      build: (...parts) => concat(parts, 0),
      sizes: { past: 0, L: 3 },
    },
  ],
  slice: [
    {
      name: 'slice of the middle',
      operands: [float([5, 3])],
      build: (x) => slice(x, { axis: 0, start: 1, end: 4 }),
    },
    {
      name: 'slice on the last axis',
      operands: [float([2, 6])],
      build: (x) => slice(x, { axis: -1, start: 3 }),
    },
    {
      name: 'slice of all but the last',
      operands: [float(['B', 'L'])],
      build: (x) => slice(x, { axis: 1, end: 'L+-1' }),
      sizes,
    },
    {
      name: 'slice from a name',
      operands: [float(['past+L', 2]), float(['past']), float(['L'])],
      build: (x, past, now) => [
        slice(x as Tensor, { axis: 0, start: 'past' }),
        past as Tensor,
        now as Tensor,
      ],
      sizes: { past: 2, L: 3 },
    },
    {
      name: 'slice of nothing',
      operands: [float([4])],
      build: (x) => slice(x, { axis: 0, start: 2, end: 2 }),
    },
  ],
  pad: [
    {
      name: 'pad on both sides',
      operands: [float([2, 3])],
      build: (x) => pad(x, { axis: 1, before: 2, after: 1 }),
    },
    {
      name: 'pad by a named width',
      operands: [float(['B', 'L'])],
      build: (x) => pad(x, { axis: 0, before: 'L', after: 1 }),
      sizes,
    },
    { name: 'pad by nothing', operands: [float([3])], build: (x) => pad(x, { axis: -1 }) },
  ],

  gatherRows: [
    {
      name: 'gatherRows with repeats',
      operands: [float([4, 3]), integers([5], [1, 1, 3, 0, 1])],
      build: gatherRows,
    },
    {
      name: 'gatherRows by a named batch',
      operands: [float([6, 2]), index(['B', 'L'], 6)],
      build: gatherRows,
      sizes,
    },
    { name: 'gatherRows of one row', operands: [float([4, 3]), index([], 4)], build: gatherRows },
    { name: 'gatherRows of scalars', operands: [float([4]), index([2, 2], 4)], build: gatherRows },
    { name: 'gatherRows by int32', operands: [float([4, 2]), index([3], 4, 'int32')], build: gatherRows },
    {
      name: 'gatherRows of an embedding',
      operands: [float([500, 64]), index([4, 300], 500)],
      build: gatherRows,
      large: true,
    },
  ],
  scatterAddRows: [
    {
      name: 'scatterAddRows with repeats',
      operands: [float([4, 3]), integers([5], [1, 1, 3, 0, 1]), float([5, 3])],
      build: scatterAddRows,
    },
    {
      name: 'scatterAddRows of a batch',
      operands: [float([5, 2]), index(['B', 'L'], 5), float(['B', 'L', 2])],
      build: scatterAddRows,
      sizes,
    },
    {
      name: 'scatterAddRows of one row',
      operands: [float([3, 2]), index([], 3), float([2])],
      build: scatterAddRows,
    },
    {
      name: 'scatterAddRows of scalars',
      operands: [float([3]), index([4], 3), float([4])],
      build: scatterAddRows,
    },
    {
      name: 'scatterAddRows by int32',
      operands: [float([4, 2]), index([3], 4, 'int32'), float([3, 2])],
      build: scatterAddRows,
    },
    {
      name: 'scatterAddRows of no row',
      operands: [float([4, 2]), index(['L'], 4), float(['L', 2])],
      build: scatterAddRows,
      sizes: { L: 0 },
    },
    {
      name: 'scatterAddRows of many repeats',
      operands: [float([7, 64]), index([4, 1000], 7), float([4, 1000, 64])],
      build: scatterAddRows,
      large: true,
    },
  ],
  takeAlongLast: [
    { name: 'takeAlongLast of one each', operands: [float([4, 5]), index([4, 1], 5)], build: takeAlongLast },
    {
      name: 'takeAlongLast with repeats',
      operands: [float(['B', 2, 5]), index(['B', 2, 7], 5)],
      build: takeAlongLast,
      sizes,
    },
    {
      name: 'takeAlongLast of a vector',
      operands: [float([5]), index([3], 5, 'int32')],
      build: takeAlongLast,
    },
    {
      name: 'takeAlongLast of many',
      operands: [float([700, 200]), index([700, 3], 200)],
      build: takeAlongLast,
      large: true,
    },
  ],
  scatterAddAlongLast: [
    {
      name: 'scatterAddAlongLast of one each',
      operands: [float([4, 5]), index([4, 1], 5), float([4, 1])],
      build: scatterAddAlongLast,
    },
    {
      name: 'scatterAddAlongLast with repeats',
      operands: [float(['B', 3]), integers(['B', 4], [1, 1, 0, 1]), float(['B', 4])],
      build: scatterAddAlongLast,
      sizes,
    },
    {
      name: 'scatterAddAlongLast of many repeats',
      operands: [float([300, 4]), index([300, 50], 4), float([300, 50])],
      build: scatterAddAlongLast,
      large: true,
    },
  ],
} satisfies Record<string, readonly GraphCase[]>;
