// Kernels that fold axes away, and those that normalise along the last one.
import type { OpName } from '../../graph/index.ts';
import { type Kernel, type Kernels, operand, type PlainKernel } from './kernel.ts';
import { countOf, places, stridesOf, type Value } from './value.ts';

type AxesKernel = Kernel<'reduceSum'>;

/** Folds every element into the result that its place along the kept axes names. */
const reduction =
  (start: number, fold: (total: number, x: number) => number): AxesKernel =>
  (application) => {
    const { data, shape } = operand(application);
    const axes = new Set(application.attributes.axes);
    const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
    const strides = stridesOf(kept).map((stride, axis) => (axes.has(axis) ? 0 : stride));
    const result = new Float64Array(countOf(kept)).fill(start);
    const targets = places(shape, strides);
    data.forEach((x, i) => {
      const target = targets[i] as number;
      result[target] = fold(result[target] as number, x);
    });
    return [result];
  };

const sum = reduction(0, (total, x) => total + x);

/** Calls `f` with every row along the last axis and puts its answers, all of one length, one after another. */
function mapRows(
  { data, shape }: Value,
  f: (row: Float64Array, i: number) => ArrayLike<number>,
): Float64Array {
  const size = shape.at(-1) as number;
  const rows = countOf(shape.slice(0, -1));
  const answers = Array.from({ length: rows }, (_, i) => f(data.subarray(i * size, (i + 1) * size), i));
  const result = new Float64Array(answers.reduce((length, answer) => length + answer.length, 0));
  let at = 0;
  for (const answer of answers) {
    result.set(answer, at);
    at += answer.length;
  }
  return result;
}

/** x - log(sum(exp(x))), the largest taken out first. */
export function logSoftmaxRow(row: Float64Array): Float64Array {
  const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const logSum = Math.log(row.reduce((total, x) => total + Math.exp(x - largest), 0)) + largest;
  return row.map((x) => x - logSum);
}

const mean = (row: Float64Array) => row.reduce((total, x) => total + x, 0) / row.length;

const softmax: PlainKernel = (application) => [
  mapRows(operand(application), (row) => logSoftmaxRow(row).map(Math.exp)),
];

const rmsNorm: Kernel<'rmsNorm'> = (application) => {
  const { epsilon } = application.attributes;
  const x = operand(application);
  const weight = operand(application, 1).data;
  const inverse = mapRows(x, (row) => [1 / Math.sqrt(mean(row.map((v) => v * v)) + epsilon)]);
  const normal = mapRows(x, (row, i) =>
    row.map((v, j) => v * (inverse[i] as number) * (weight[j] as number)),
  );
  return [normal, inverse];
};

const layerNorm: Kernel<'layerNorm'> = (application) => {
  const { epsilon } = application.attributes;
  const [x, weight, bias] = application.inputs as readonly [Value, Value, Value];
  const means = mapRows(x, (row) => [mean(row)]);
  const inverse = mapRows(x, (row, i) => [
    1 / Math.sqrt(mean(row.map((v) => (v - (means[i] as number)) ** 2)) + epsilon),
  ]);
  const normal = mapRows(x, (row, i) =>
    row.map(
      (v, j) =>
        (v - (means[i] as number)) * (inverse[i] as number) * (weight.data[j] as number) +
        (bias.data[j] as number),
    ),
  );
  return [normal, means, inverse];
};

/** Losses are not summed; a row's label picks one of its log-probabilities. */
const crossEntropy: PlainKernel = (application) => {
  const [logits, labels] = application.inputs as readonly [Value, Value];
  const logProbs = mapRows(logits, logSoftmaxRow);
  const classes = logits.shape[1] as number;
  const losses = labels.data.map((label, i) => {
    if (label < 0 || label >= classes) throw new RangeError(`Label ${label} is outside [0, ${classes})`);
    return -(logProbs[i * classes + label] as number);
  });
  return [losses, logProbs];
};

const argMax: Kernel<'argMax'> = (application) => {
  const { data, shape } = operand(application);
  const { axis } = application.attributes;
  const stride = stridesOf(shape)[axis] as number;
  const kept = shape.filter((_, i) => i !== axis);
  const starts = places(
    kept,
    stridesOf(shape).filter((_, i) => i !== axis),
  );
  const indices = Float64Array.from(starts, (start) => {
    let best = 0;
    for (let j = 1; j < (shape[axis] as number); j++) {
      if ((data[start + j * stride] as number) > (data[start + best * stride] as number)) best = j;
    }
    return best;
  });
  return [indices];
};

type ReductionName = Extract<
  OpName,
  | ('reduceSum' | 'reduceMean' | 'reduceMax' | 'argMax' | 'softmax' | 'logSoftmax')
  | ('rmsNorm' | 'layerNorm' | 'crossEntropy')
>;

export const reductions: Kernels<ReductionName> = {
  reduceSum: sum,
  reduceMean: (application) => {
    const { shape } = operand(application);
    const count = countOf(application.attributes.axes.map((axis) => shape[axis] as number));
    return sum(application).map((totals) => totals.map((total) => total / count));
  },
  reduceMax: reduction(-Infinity, Math.max),
  argMax,
  softmax,
  logSoftmax: (application) => [mapRows(operand(application), logSoftmaxRow)],
  rmsNorm,
  layerNorm,
  crossEntropy,
};
