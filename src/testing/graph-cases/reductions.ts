// Cases of reductions, normalisations and losses.
import {
  argMax,
  crossEntropy,
  layerNorm,
  logSoftmax,
  reduceMax,
  reduceMean,
  reduceSum,
  rmsNorm,
  softmax,
  type Tensor,
} from '../../engine/index.ts';
import { float, type GraphCase, index, positive } from './case.ts';

type Options = { readonly axes?: readonly number[]; readonly keepDims?: boolean };
type Reduce = (x: Tensor, options?: Options) => Tensor;

const sizes = { B: 2, L: 3 };

function reduction(name: string, op: Reduce): GraphCase[] {
  const x = float(['B', 3, 4]);
  const of = (options: Options) => (tensor: Tensor) => op(tensor, options);
  return [
    { name: `${name} over all axes`, operands: [x], build: of({}), sizes },
    { name: `${name} over all axes, kept`, operands: [x], build: of({ keepDims: true }), sizes },
    { name: `${name} over the first axis`, operands: [x], build: of({ axes: [0] }), sizes },
    {
      name: `${name} over the last axis, kept`,
      operands: [x],
      build: of({ axes: [-1], keepDims: true }),
      sizes,
    },
    { name: `${name} over two axes in reverse`, operands: [x], build: of({ axes: [2, -3] }), sizes },
    { name: `${name} over an axis of one`, operands: [float([3, 1])], build: of({ axes: [1] }) },
    {
      name: `${name} over no axis`,
      operands: [float([3])],
      build: (tensor) => op(op(tensor, { axes: [] }), { axes: [0] }),
    },
    {
      name: `${name} of many rows`,
      operands: [float([150, 130], positive)],
      build: of({ axes: [1] }),
      large: true,
    },
    {
      name: `${name} of many columns`,
      operands: [float([150, 130], positive)],
      build: of({ axes: [0] }),
      large: true,
    },
  ];
}

function alongLast(name: string, op: (x: Tensor) => Tensor): GraphCase[] {
  const large = float([4, 1], (random) => 200 + random.normal());
  return [
    { name: `${name} of a vector`, operands: [float([4])], build: op },
    { name: `${name} of named dimensions`, operands: [float(['B', 2, 'L'])], build: op, sizes },
    { name: `${name} over one class`, operands: [large], build: op },
    {
      name: `${name} of large values`,
      operands: [float([2, 3], (random) => 300 * random.normal())],
      build: op,
      large: true,
    },
    { name: `${name} of many rows`, operands: [float([200, 130])], build: op, large: true },
  ];
}

const norm = (x: Tensor, weight: Tensor) => rmsNorm(x, weight, 1e-5);
const layer = (x: Tensor, weight: Tensor, bias: Tensor) => layerNorm(x, weight, { bias, epsilon: 1e-5 });
const losses = (logits: Tensor, labels: Tensor) => crossEntropy(logits, labels).losses;
const logProbs = (logits: Tensor, labels: Tensor) => crossEntropy(logits, labels).logProbs;

export const reductionCases = {
  reduceSum: reduction('reduceSum', reduceSum),
  reduceMean: reduction('reduceMean', reduceMean),
  reduceMax: reduction('reduceMax', reduceMax),
  argMax: [
    {
      name: 'argMax over the last axis',
      operands: [float(['B', 5])],
      build: (x) => argMax(x),
      sizes,
      constant: true,
    },
    {
      name: 'argMax over the first axis',
      operands: [float([4, 2, 3])],
      build: (x) => argMax(x, 0),
      constant: true,
    },
    {
      name: 'argMax over a middle axis',
      operands: [float([4, 5, 3])],
      build: (x) => argMax(x, -2),
      constant: true,
    },
    {
      name: 'argMax of equal values',
      operands: [float([2, 4], () => 1)],
      build: (x) => argMax(x),
      constant: true,
    },
  ],
  softmax: alongLast('softmax', softmax),
  logSoftmax: alongLast('logSoftmax', logSoftmax),
  rmsNorm: [
    { name: 'rmsNorm of rows', operands: [float([3, 4]), float([4])], build: norm },
    { name: 'rmsNorm of named dimensions', operands: [float(['B', 'L', 6]), float([6])], build: norm, sizes },
    { name: 'rmsNorm of a vector', operands: [float([5]), float([5])], build: norm },
    {
      name: 'rmsNorm of small values',
      operands: [float([2, 4], (random) => 0.01 * random.normal()), float([4])],
      build: norm,
    },
    { name: 'rmsNorm of many rows', operands: [float([200, 128]), float([128])], build: norm, large: true },
  ],
  layerNorm: [
    { name: 'layerNorm of rows', operands: [float([3, 4]), float([4]), float([4])], build: layer },
    {
      name: 'layerNorm of named dimensions',
      operands: [float(['B', 'L', 6]), float([6]), float([6])],
      build: layer,
      sizes,
    },
    {
      name: 'layerNorm of many rows',
      operands: [float([200, 128]), float([128]), float([128])],
      build: layer,
      large: true,
    },
  ],
  crossEntropy: [
    { name: 'crossEntropy losses', operands: [float([4, 5]), index([4], 5)], build: losses },
    {
      name: 'crossEntropy of named rows',
      operands: [float(['N', 3]), index(['N'], 3)],
      build: losses,
      sizes: { N: 5 },
    },
    { name: 'crossEntropy log-probabilities', operands: [float([4, 5]), index([4], 5)], build: logProbs },
    {
      name: 'crossEntropy losses and log-probabilities',
      operands: [float(['N', 5]), index(['N'], 5, 'int32')],
      build: (logits, labels) => Object.values(crossEntropy(logits as Tensor, labels as Tensor)),
      sizes: { N: 3 },
    },
    {
      name: 'crossEntropy of many rows',
      operands: [float([120, 500]), index([120], 500)],
      build: losses,
      large: true,
    },
  ],
} satisfies Record<string, readonly GraphCase[]>;
