// The derivative of every operation: one table, written in the operations themselves.
import {
  add,
  applyOne,
  broadcastTo,
  cast,
  concat,
  constant,
  cos,
  type Dim,
  dimension,
  div,
  equal,
  exp,
  gatherRows,
  greater,
  greaterOrEqual,
  log,
  matMul,
  mul,
  multiplyDims,
  neg,
  normalizeAxis,
  type OpAttributes,
  type Operand,
  type OpName,
  pad,
  pow,
  reduceMean,
  reduceSum,
  reshape,
  rotary,
  type Shape,
  scatterAddAlongLast,
  scatterAddRows,
  sigmoid,
  sin,
  sizeOf,
  slice,
  sub,
  subtractDims,
  type Tensor,
  takeAlongLast,
  transpose,
  where,
  zeros,
} from '../graph/index.ts';
import { sumTo } from './sum-to.ts';

/** What a rule knows: operands and results of the forward pass, and the gradient of the loss by each result. */
export type RuleContext<K extends OpName> = {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: OpAttributes[K];
  /** By output; undefined where the loss does not depend on it. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** By input; false where nobody asks for its gradient. */
  readonly needed: readonly boolean[];
};

/** Rows added to a tensor that is zero elsewhere: a gradient that is not worth a dense tensor of its own. */
export type RowUpdates = { readonly indices: Tensor; readonly updates: Tensor };

/** A rule's answer for one input. */
export type Contribution = Tensor | RowUpdates | undefined;

type Rule<K extends OpName> = (context: RuleContext<K>) => readonly Contribution[];

/** x, y = f(x), and the gradient by y, of an operation with one operand. */
type UnaryRule = (x: Tensor, y: Tensor, g: Tensor) => Tensor;

const unary =
  (rule: UnaryRule) =>
  ({ inputs: [x], outputs: [y], gradients: [g] }: RuleContext<OpName>): readonly Contribution[] => [
    rule(x as Tensor, y as Tensor, g as Tensor),
  ];

/** a, b, y = f(a, b), and the gradient by y; each answer still has y's shape. */
type BinaryRule = (a: Tensor, b: Tensor, y: Tensor, g: Tensor) => readonly [() => Tensor, () => Tensor];

const binary =
  (rule: BinaryRule) =>
  ({ inputs, outputs: [y], gradients: [g], needed }: RuleContext<OpName>): readonly Contribution[] => {
    const [a, b] = inputs as readonly [Tensor, Tensor];
    const sides = rule(a, b, y as Tensor, g as Tensor);
    return sides.map((side, i) => (needed[i] ? sumTo(side(), (inputs[i] as Tensor).shape) : undefined));
  };

/** Operations through which no gradient flows: integers, truth values, sources, and the one that says so. */
const none = (): readonly Contribution[] => [];

/** For operations of inference alone: zeros would be silently wrong. */
const refused = (op: OpName) => (): never => {
  throw new TypeError(`Cannot differentiate '${op}': it is for inference; build training graphs without it`);
};

/** Gradient by output 0, which the engine guarantees for operations with one output. */
function first(context: { readonly gradients: readonly (Tensor | undefined)[] }): Tensor {
  return context.gradients[0] as Tensor;
}

/** A reduced tensor with its reduced axes back as ones. */
function withOnes(reduced: Tensor, full: Shape, axes: readonly number[]): Tensor {
  return reshape(
    reduced,
    full.map((dim, i) => (axes.includes(i) ? 1 : dim)),
  );
}

/** The number of elements along axes, as an operand. */
function countOf(shape: Shape, axes: readonly number[]): Operand {
  const count = sizeOf(axes.map((axis) => shape[axis] as Dim));
  return typeof count === 'number' ? count : cast(dimension(count), 'float32');
}

/** [..., D] seen as [rows, D]. */
function asRows(x: Tensor): Tensor {
  return x.shape.length === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1) as Dim]);
}

/** sin's table negated turns a rotation back; a constant is negated once, here. */
function negated(x: Tensor): Tensor {
  if (x.node.op !== 'constant') return neg(x);
  const { data, shape } = x.node.attributes;
  return constant(
    Float32Array.from(data, (value) => -value),
    shape,
  );
}

export const gradientRules: { readonly [K in OpName]: Rule<K> } = {
  input: none,
  constant: none,
  dimension: none,
  range: none,

  neg: unary((_x, _y, g) => neg(g)),
  exp: unary((_x, y, g) => mul(g, y)),
  log: unary((x, _y, g) => div(g, x)),
  sqrt: unary((_x, y, g) => div(mul(g, 0.5), y)),
  reciprocal: unary((_x, y, g) => neg(mul(g, mul(y, y)))),
  abs: unary((x, _y, g) => where(greaterOrEqual(x, 0), g, neg(g))),
  sin: unary((x, _y, g) => mul(g, cos(x))),
  cos: unary((x, _y, g) => neg(mul(g, sin(x)))),
  tanh: unary((_x, y, g) => mul(g, sub(1, mul(y, y)))),
  erf: unary((x, _y, g) => mul(mul(g, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))),
  sigmoid: unary((_x, y, g) => mul(g, mul(y, sub(1, y)))),
  softplus: unary((x, _y, g) => mul(g, sigmoid(x))),
  // s + x s (1 - s) with y = x s is y + s (1 - y)
  silu: unary((x, y, g) => mul(g, siluSlope(sigmoid(x), y))),
  relu: unary((x, _y, g) => where(greater(x, 0), g, 0)),
  not: none,
  cast: none,
  stopGradient: none,

  add: binary((_a, _b, _y, g) => [() => g, () => g]),
  sub: binary((_a, _b, _y, g) => [() => g, () => neg(g)]),
  mul: binary((a, b, _y, g) => [() => mul(g, b), () => mul(g, a)]),
  div: binary((_a, b, y, g) => [() => div(g, b), () => neg(div(mul(g, y), b))]),
  pow: binary((a, b, y, g) => [() => mul(g, mul(b, pow(a, sub(b, 1)))), () => mul(g, mul(y, log(a)))]),
  maximum: binary((a, b, _y, g) => [
    () => where(greaterOrEqual(a, b), g, 0),
    () => where(greater(b, a), g, 0),
  ]),
  minimum: binary((a, b, _y, g) => [
    () => where(greaterOrEqual(b, a), g, 0),
    () => where(greater(a, b), g, 0),
  ]),
  equal: none,
  greater: none,
  greaterOrEqual: none,
  and: none,
  or: none,
  where: (context) => {
    const [condition, a, b] = context.inputs as [Tensor, Tensor, Tensor];
    const g = first(context);
    return [
      undefined,
      context.needed[1] ? sumTo(where(condition, g, 0), a.shape) : undefined,
      context.needed[2] ? sumTo(where(condition, 0, g), b.shape) : undefined,
    ];
  },

  reduceSum: (context) => {
    const [x] = context.inputs as [Tensor];
    return [broadcastTo(withOnes(first(context), x.shape, context.attributes.axes), x.shape)];
  },
  reduceMean: (context) => {
    const [x] = context.inputs as [Tensor];
    const { axes } = context.attributes;
    return [broadcastTo(div(withOnes(first(context), x.shape, axes), countOf(x.shape, axes)), x.shape)];
  },
  // Equal largest values share the gradient, as torch.amax does
  reduceMax: (context) => {
    const [x] = context.inputs as [Tensor];
    const { axes } = context.attributes;
    const isMax = cast(equal(x, withOnes(context.outputs[0] as Tensor, x.shape, axes)), 'float32');
    return [
      mul(isMax, div(withOnes(first(context), x.shape, axes), reduceSum(isMax, { axes, keepDims: true }))),
    ];
  },
  argMax: none,

  reshape: (context) => [reshape(first(context), (context.inputs[0] as Tensor).shape)],
  transpose: (context) => {
    const { perm } = context.attributes;
    return [
      transpose(
        first(context),
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
  broadcastTo: (context) => [sumTo(first(context), (context.inputs[0] as Tensor).shape)],
  concat: (context) => {
    const { axis } = context.attributes;
    let start: Dim = 0;
    return context.inputs.map((part, i) => {
      const from = start;
      const end: Dim = subtractDims(from, multiplyDims(-1, part.shape[axis] as Dim));
      start = end;
      return context.needed[i] ? slice(first(context), { axis, start: from, end }) : undefined;
    });
  },
  slice: (context) => {
    const { axis, start, end } = context.attributes;
    const size = (context.inputs[0] as Tensor).shape[axis] as Dim;
    return [pad(first(context), { axis, before: start, after: subtractDims(size, end) })];
  },
  pad: (context) => {
    const { axis, before } = context.attributes;
    const size = (context.inputs[0] as Tensor).shape[axis] as Dim;
    return [
      slice(first(context), { axis, start: before, end: subtractDims(before, multiplyDims(-1, size)) }),
    ];
  },

  gatherRows: (context) => [{ indices: context.inputs[1] as Tensor, updates: first(context) }],
  scatterAddRows: (context) => {
    const g = first(context);
    const updates = context.needed[2] ? gatherRows(g, context.inputs[1] as Tensor) : undefined;
    return [g, undefined, updates];
  },
  takeAlongLast: (context) => {
    const [data, indices] = context.inputs as [Tensor, Tensor];
    return [scatterAddAlongLast(zeros(data.shape), indices, first(context))];
  },
  scatterAddAlongLast: (context) => {
    const g = first(context);
    return [g, undefined, context.needed[2] ? takeAlongLast(g, context.inputs[1] as Tensor) : undefined];
  },

  matMul: (context) => matMulRule(context),
  // y (g - sum(g y))
  softmax: unary((_x, y, g) =>
    mul(y, sub(g, reduceSum(mul(g, y), { axes: [normalizeAxis(-1, y.shape.length)], keepDims: true }))),
  ),
  // g - exp(y) sum(g)
  logSoftmax: unary((_x, y, g) =>
    sub(g, mul(exp(y), reduceSum(g, { axes: [y.shape.length - 1], keepDims: true }))),
  ),
  rmsNorm: (context) => rmsNormRule(context),
  layerNorm: (context) => layerNormRule(context),
  rotary: (context) => {
    const [, positions, cosTable, sinTable] = context.inputs as [Tensor, Tensor, Tensor, Tensor];
    if (context.needed[2] || context.needed[3])
      throw new TypeError(
        "Cannot differentiate 'rotary' by its tables: stop their gradient, or do not ask for it",
      );
    return [rotary(first(context), positions, { cos: cosTable, sin: negated(sinTable) })];
  },
  quantizedLinear: refused('quantizedLinear'),
  cachedAttention: refused('cachedAttention'),
  crossEntropy: (context) => crossEntropyRule(context),
};

/** s + y - s y, the derivative of y = x s with s = sigmoid(x), without a pass over memory for 1 - y. */
function siluSlope(s: Tensor, y: Tensor): Tensor {
  return add(y, sub(s, mul(s, y)));
}

/** C = s op(A) op(B): dA = s dC op(B)^T and dB = s op(A)^T dC, each written without a transposed copy. */
function matMulRule({
  inputs,
  attributes,
  gradients: [g],
  needed,
}: RuleContext<'matMul'>): readonly Contribution[] {
  const [a, b] = inputs as [Tensor, Tensor];
  const { transposeA, transposeB, scale } = attributes;
  const gradient = g as Tensor;
  const forA = () =>
    transposeA
      ? matMul(b, gradient, { transposeA: transposeB, transposeB: true, scale })
      : matMul(gradient, b, { transposeB: !transposeB, scale });
  const forB = () => {
    // A matrix shared by a batch: its gradient is one product over all rows, not a sum of many
    const flatten = b.shape.length === 2 && a.shape.length > 2 && !transposeA;
    const [rows, gradientRows] = flatten ? [asRows(a), asRows(gradient)] : [a, gradient];
    return transposeB
      ? matMul(gradientRows, rows, { transposeA: true, transposeB: transposeA, scale })
      : matMul(rows, gradientRows, { transposeA: !transposeA, scale });
  };
  return [needed[0] ? sumTo(forA(), a.shape) : undefined, needed[1] ? sumTo(forB(), b.shape) : undefined];
}

/**
 * y = x r w with r = 1 / rms(x): dx = r g w - x r^3 (g x . w) / D and dw = sum over rows of r g x.
 * The two sums are matrix-vector products: one pass over memory each.
 */
function rmsNormRule({
  inputs,
  outputs,
  gradients,
  needed,
}: RuleContext<'rmsNorm'>): readonly Contribution[] {
  const [x, weight] = inputs as [Tensor, Tensor];
  const inverse = outputs[1] as Tensor;
  const g = requireOnlyFirst('rmsNorm', gradients);
  const products = mul(g, x);
  const size = x.shape.at(-1) as Dim;
  const forX = () => {
    const dot = reshape(matMul(asRows(products), reshape(weight, [size, 1])), inverse.shape);
    const cubed = mul(mul(inverse, inverse), inverse);
    const pull = div(mul(dot, cubed), countOf(x.shape, [x.shape.length - 1]));
    return sub(mul(mul(g, weight), inverse), mul(x, pull));
  };
  const forWeight = () =>
    reshape(matMul(asRows(inverse), asRows(products), { transposeA: true }), weight.shape);
  return [needed[0] ? forX() : undefined, needed[1] ? forWeight() : undefined];
}

/** dx = r (g w - mean(g w) - n mean(g w n)) with n = (x - mean(x)) r. */
function layerNormRule({
  inputs,
  outputs,
  gradients,
  needed,
}: RuleContext<'layerNorm'>): readonly Contribution[] {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor];
  const [, mean, inverse] = outputs as [Tensor, Tensor, Tensor];
  const g = requireOnlyFirst('layerNorm', gradients);
  const normal = mul(sub(x, mean), inverse);
  const last = { axes: [x.shape.length - 1], keepDims: true };
  const forX = () => {
    const weighted = mul(g, weight);
    const centred = sub(weighted, reduceMean(weighted, last));
    return mul(inverse, sub(centred, mul(normal, reduceMean(mul(weighted, normal), last))));
  };
  return [
    needed[0] ? forX() : undefined,
    needed[1] ? sumTo(mul(g, normal), weight.shape) : undefined,
    needed[2] ? sumTo(g, bias.shape) : undefined,
  ];
}

/** Statistics of a normalisation feed the backward pass only; a loss that reads them has no rule. */
function requireOnlyFirst(op: OpName, gradients: readonly (Tensor | undefined)[]): Tensor {
  const [g, ...others] = gradients;
  if (g === undefined || others.some((other) => other !== undefined)) {
    throw new TypeError(
      `Cannot differentiate '${op}' by its statistics: only its first output may reach the loss`,
    );
  }
  return g;
}

/** d(loss)/d(logits) = g (softmax - one-hot); gradients by the log-probabilities are those of logSoftmax. */
function crossEntropyRule({
  inputs,
  outputs,
  gradients,
}: RuleContext<'crossEntropy'>): readonly Contribution[] {
  const labels = inputs[1] as Tensor;
  const logProbs = outputs[1] as Tensor;
  const [byLoss, byLogProbs] = gradients;
  const probs = exp(logProbs);
  const rows = labels.shape[0] as Dim;
  const parts: Tensor[] = [];
  if (byLoss !== undefined) {
    const column = reshape(byLoss, [rows, 1]);
    parts.push(scatterAddAlongLast(mul(probs, column), reshape(labels, [rows, 1]), neg(column)));
  }
  if (byLogProbs !== undefined) {
    parts.push(sub(byLogProbs, mul(probs, reduceSum(byLogProbs, { axes: [1], keepDims: true }))));
  }
  return [parts.reduce((sum, part) => add(sum, part))];
}

/** Adds a sparse gradient onto a dense one. */
export function addRows(base: Tensor, { indices, updates }: RowUpdates): Tensor {
  return scatterAddRows(base, indices, updates);
}

/** Several sparse gradients of one tensor as one. */
export function mergeRows(parts: readonly RowUpdates[], row: Shape): RowUpdates {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const indices = parts.map((part) => reshape(part.indices, [sizeOf(part.indices.shape)]));
  const updates = parts.map((part) => reshape(part.updates, [sizeOf(part.indices.shape), ...row]));
  return { indices: concat(indices, 0), updates: applyOne('concat', updates, { axis: 0 }) };
}
