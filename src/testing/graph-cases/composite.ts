// Cases of several operations together: what a table of single operations cannot show about the reverse walk.
import {
  add,
  crossEntropy,
  exp,
  gatherRows,
  log,
  logSigmoid,
  matMul,
  mul,
  recomputed,
  reduceMean,
  reshape,
  rmsNorm,
  silu,
  slice,
  softmax,
  sub,
  type Tensor,
  transpose,
  zeros,
} from '../../engine/index.ts';
import { float, type GraphCase, index, positive } from './case.ts';

/** A gated feed-forward layer. */
export function feedForward(x: Tensor, up: Tensor, down: Tensor): Tensor {
  const hidden = matMul(x, up);
  return add(x, matMul(mul(silu(hidden), hidden), down));
}

/** An embedding that is read twice and is the output layer as well. */
function tied(table: Tensor, prompt: Tensor, answer: Tensor): Tensor {
  const rows = add(gatherRows(table, prompt), gatherRows(table, answer));
  const logits = matMul(reshape(rows, ['B*L', 4]), table, { transposeB: true });
  return reduceMean(crossEntropy(logits, reshape(answer, ['B*L'])).losses);
}

function attend(x: Tensor, weight: Tensor): Tensor {
  const heads = transpose(reshape(matMul(x, weight), ['B', 'L', 2, 3]), [0, 2, 1, 3]);
  const weights = softmax(matMul(heads, heads, { transposeB: true, scale: 0.5 }));
  return reshape(transpose(matMul(weights, heads), [0, 2, 1, 3]), ['B', 'L', 6]);
}

const sizes = { B: 2, L: 3 };
const layerOperands = [float(['B', 4]), float([4, 5]), float([5, 4])];
const asLayer = (layer: typeof feedForward) => (x?: Tensor, up?: Tensor, down?: Tensor) =>
  layer(x as Tensor, up as Tensor, down as Tensor);

export const compositeCases: readonly GraphCase[] = [
  {
    name: 'several paths',
    operands: [float(['B', 3], positive)],
    build: (x) => add(mul(exp(x as Tensor), x as Tensor), sub(log(x as Tensor), x as Tensor)),
    sizes,
  },
  {
    name: 'tied embedding',
    operands: [float([6, 4]), index(['B', 'L'], 6), index(['B', 'L'], 6)],
    build: (t, p, a) => tied(t as Tensor, p as Tensor, a as Tensor),
    sizes,
  },
  { name: 'feed forward', operands: layerOperands, build: asLayer(feedForward), sizes },
  {
    name: 'feed forward, recomputed',
    operands: layerOperands,
    build: asLayer((x, up, down) => recomputed(() => feedForward(x, up, down))),
    sizes,
  },
  {
    name: 'two layers, recomputed',
    operands: layerOperands,
    build: asLayer((x, up, down) => {
      const first = recomputed(() => feedForward(x, up, down));
      return recomputed(() =>
        rmsNorm(feedForward(first, up, down), slice(reshape(up, [20]), { axis: 0, end: 4 }), 1e-5),
      );
    }),
    sizes,
  },
  {
    name: 'attention',
    operands: [float(['B', 'L', 5]), float([5, 6])],
    build: (x, w) => attend(x as Tensor, w as Tensor),
    sizes,
  },
  {
    name: 'preference loss',
    operands: [float(['B']), float(['B'])],
    build: (a, b) => logSigmoid(sub(a as Tensor, b as Tensor)),
    sizes,
  },
  {
    name: 'an operand that is not read',
    operands: [float([2]), float([4, 3])],
    build: (x) => exp(x as Tensor),
  },
  {
    name: 'a result beside a stopped path',
    operands: [float([3])],
    build: (x) => [exp(x as Tensor), zeros([2])],
  },
];
