// The vocabulary that models and losses are written in: one function per operation, numbers accepted as scalars.
import { apply, applyOne } from './build.ts';
import { normalizeAxis } from './infer.ts';
import type { ConstantData, Dim, DType, OpAttributes, OpName, Shape, Tensor } from './types.ts';

/** An operand: a tensor, or a number that becomes a scalar of the other operand's type. */
export type Operand = Tensor | number;

type ReduceOptions = { readonly axes?: readonly number[]; readonly keepDims?: boolean };

/** A value that the caller provides at each run. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  return applyOne('input', [], { name, dtype, shape });
}

/** A fixed value, row-major. */
export function constant(data: ConstantData, shape: readonly number[], dtype: DType = 'float32'): Tensor {
  return applyOne('constant', [], { data, shape, dtype });
}

export function scalar(value: number, dtype: DType = 'float32'): Tensor {
  return constant([value], [], dtype);
}

/** The value of a dimension, an int64 scalar. */
export function dimension(dim: Dim): Tensor {
  return typeof dim === 'number' ? scalar(dim, 'int64') : applyOne('dimension', [], { dim });
}

/** 0, 1, ... size - 1, int64[size]. */
export function range(size: Dim): Tensor {
  return applyOne('range', [], { size });
}

const unary =
  <K extends OpName>(op: K) =>
  (x: Tensor): Tensor =>
    applyOne(op, [x], {} as never);

export const neg = unary('neg');
export const exp = unary('exp');
export const log = unary('log');
export const sqrt = unary('sqrt');
export const reciprocal = unary('reciprocal');
export const abs = unary('abs');
export const sin = unary('sin');
export const cos = unary('cos');
export const tanh = unary('tanh');
export const erf = unary('erf');
export const sigmoid = unary('sigmoid');
/** log(1 + exp(x)), without overflow. */
export const softplus = unary('softplus');
/** x * sigmoid(x). */
export const silu = unary('silu');
export const relu = unary('relu');
export const not = unary('not');
/** The value itself; no gradient flows back through it. */
export const stopGradient = unary('stopGradient');
/** Over the last axis. */
export const softmax = unary('softmax');
/** Over the last axis. */
export const logSoftmax = unary('logSoftmax');

/** log(sigmoid(x)) = -softplus(-x), exact where log(sigmoid(x)) would be -Infinity. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : applyOne('cast', [x], { to });
}

const binary =
  <K extends OpName>(op: K) =>
  (a: Operand, b: Operand): Tensor =>
    applyOne(op, pair(a, b), {} as never);

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const pow = binary('pow');
export const maximum = binary('maximum');
export const minimum = binary('minimum');
export const equal = binary('equal');
export const greater = binary('greater');
export const greaterOrEqual = binary('greaterOrEqual');
export const and = binary('and');
export const or = binary('or');

/** a where the condition holds, b elsewhere. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return applyOne('where', [condition, ...pair(a, b)], {});
}

function pair(a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (typeof a === 'number') {
    if (typeof b === 'number')
      throw new TypeError(`Cannot apply an operation to two plain numbers: ${a}, ${b}`);
    return [scalar(a, b.dtype), b];
  }
  return [a, typeof b === 'number' ? scalar(b, a.dtype) : b];
}

const reduce =
  (op: 'reduceSum' | 'reduceMean' | 'reduceMax') =>
  (x: Tensor, { axes = x.shape.map((_, i) => i), keepDims = false }: ReduceOptions = {}): Tensor =>
    axes.length === 0
      ? x
      : applyOne(op, [x], { axes: axes.map((axis) => normalizeAxis(axis, x.shape.length)), keepDims });

/** Over all axes unless told otherwise. */
export const reduceSum = reduce('reduceSum');
/** Over all axes unless told otherwise. */
export const reduceMean = reduce('reduceMean');
/** Over all axes unless told otherwise. */
export const reduceMax = reduce('reduceMax');

/** Index of the largest value, the first of equals; int64. */
export function argMax(x: Tensor, axis = -1): Tensor {
  return applyOne('argMax', [x], { axis: normalizeAxis(axis, x.shape.length) });
}

export function reshape(x: Tensor, shape: Shape): Tensor {
  return applyOne('reshape', [x], { shape });
}

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  return applyOne('transpose', [x], { perm });
}

export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return applyOne('broadcastTo', [x], { shape });
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  return parts.length === 1 && first
    ? first
    : applyOne('concat', parts, { axis: normalizeAxis(axis, first?.shape.length ?? 0) });
}

/** Elements start to end (exclusive; the axis' size unless told) of one axis. */
export function slice(x: Tensor, { axis, start = 0, end }: { axis: number; start?: Dim; end?: Dim }): Tensor {
  const normal = normalizeAxis(axis, x.shape.length);
  return applyOne('slice', [x], { axis: normal, start, end: end ?? (x.shape[normal] as Dim) });
}

/** Zeros before and after, along one axis. */
export function pad(
  x: Tensor,
  { axis, before = 0, after = 0 }: { axis: number; before?: Dim; after?: Dim },
): Tensor {
  return applyOne('pad', [x], { axis: normalizeAxis(axis, x.shape.length), before, after });
}

/** Rows of data [V, ...] by integer indices of any shape: [...indices, ...]. */
export function gatherRows(data: Tensor, indices: Tensor): Tensor {
  return applyOne('gatherRows', [data, indices], {});
}

/** base [V, ...] with updates [...indices, ...] added to the rows that the indices name; repeats add up. */
export function scatterAddRows(base: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return applyOne('scatterAddRows', [base, indices, updates], {});
}

/** data[..., indices[..., j]]: picks along the last axis. */
export function takeAlongLast(data: Tensor, indices: Tensor): Tensor {
  return applyOne('takeAlongLast', [data, indices], {});
}

/** base with updates added at the places that takeAlongLast would read. */
export function scatterAddAlongLast(base: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return applyOne('scatterAddAlongLast', [base, indices, updates], {});
}

type MatMulOptions = {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly scale?: number;
};

/** scale * A B over the last two axes, either operand transposed on request; leading axes broadcast. */
export function matMul(a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  return applyOne('matMul', [a, b], { transposeA, transposeB, scale });
}

/** x W^T for weights of eight bits: x [N, in] gives [N, out]. For inference: it has no gradient. */
export function quantizedLinear(x: Tensor, attributes: OpAttributes['quantizedLinear']): Tensor {
  return applyOne('quantizedLinear', [x], attributes);
}

/** x * weight / sqrt(mean(x^2) + epsilon) over the last axis (Zhang and Sennrich, 2019). */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  return applyOne('rmsNorm', [x, weight], { epsilon });
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis. */
export function layerNorm(
  x: Tensor,
  weight: Tensor,
  { bias, epsilon }: { bias: Tensor; epsilon: number },
): Tensor {
  return applyOne('layerNorm', [x, weight, bias], { epsilon });
}

/**
 * Rotary positions, halves rotated against each other as Llama does.
 * @param x [batch, heads, length, head size]
 * @param positions int64[batch, length], rows of the tables
 * @param tables cos and sin, each [positions, head size / 2]
 */
export function rotary(x: Tensor, positions: Tensor, { cos, sin }: { cos: Tensor; sin: Tensor }): Tensor {
  return applyOne('rotary', [x, positions, cos, sin], {});
}

/** What {@link cachedAttention} reads beside the new rows. */
export type AttentionCache = {
  /** [batch, key-value heads, places, head size] */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** int32[batch]: the place of each row's last new token; the new tokens take the places up to it. */
  readonly last: Tensor;
  /** cos and sin by place, [places or more, head size / 2]: turns queries and keys, for head sizes of whole sixteens. */
  readonly tables?: { readonly cos: Tensor; readonly sin: Tensor } | undefined;
};

/**
 * Causal attention over buffers with free places: new keys and values are put behind those that are there, and each query
 * sees the places up to its own. What the places behind the last hold afterwards is not defined. For inference: it has no gradient. A run may write `keys` and `values` over the buffers that it read.
 * More than one token at a time takes a batch of one row.
 * @param rows q [batch, length, heads * head size], k and v [batch, length, key-value heads * head size]
 */
export function cachedAttention(
  { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
  { keys, values, last, tables }: AttentionCache,
  attributes: OpAttributes['cachedAttention'],
): { readonly output: Tensor; readonly keys: Tensor; readonly values: Tensor } {
  const turned = tables === undefined ? [] : [tables.cos, tables.sin];
  const results = apply('cachedAttention', [q, k, v, keys, values, last, ...turned], attributes);
  const [output, grownKeys, grownValues] = results as [Tensor, Tensor, Tensor];
  return { output, keys: grownKeys, values: grownValues };
}

/** Negative log-likelihood of each row's label. logits [N, classes], labels int64[N]; losses [N], log-probabilities [N, classes]. */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
): { readonly losses: Tensor; readonly logProbs: Tensor } {
  const [losses, logProbs] = apply('crossEntropy', [logits, labels], {}) as [Tensor, Tensor];
  return { losses, logProbs };
}

/** Zeros of a shape. */
export function zeros(shape: Shape): Tensor {
  return broadcastTo(scalar(0), shape);
}
