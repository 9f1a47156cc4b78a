// Shape and type of every operation's outputs; bad operands are refused by name.
import { addDims, broadcastShapes, formatShape, sameShape, sizeOf, subtractDims } from './dims.ts';
import type { Dim, DType, OpAttributes, OpName, Shape, Tensor, TensorType } from './types.ts';

type InferRule<K extends OpName> = (
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
  fail: (reason: string) => never,
) => readonly TensorType[];

/** A rule that reads no attribute serves several operations. */
type PlainRule = (inputs: readonly TensorType[], attributes: unknown, fail: Fail) => readonly TensorType[];

/** An operation was given operands that it does not take. Names the operation and the shapes. */
export class GraphError extends TypeError {
  override readonly name = 'GraphError';
}

/**
 * The types of a node's outputs.
 * @throws GraphError naming the operation, its operands and what is wrong
 */
export function inferTypes<K extends OpName>(
  op: K,
  inputs: readonly TensorType[],
  attributes: OpAttributes[K],
): readonly TensorType[] {
  const fail = (reason: string): never => {
    const operands = inputs.map((input) => `${input.dtype}${formatShape(input.shape)}`).join(', ');
    throw new GraphError(`Cannot apply '${op}' to (${operands}): ${reason}`);
  };
  return (inferRules[op] as InferRule<K>)(inputs, attributes, fail);
}

/** An axis counted from the end made to count from the start. */
export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

type Fail = (reason: string) => never;

function operands(inputs: readonly TensorType[], count: number, fail: Fail): readonly TensorType[] {
  if (inputs.length !== count) fail(`takes ${count} operands, got ${inputs.length}`);
  return inputs;
}

function at(inputs: readonly TensorType[], i: number): TensorType {
  return inputs[i] as TensorType;
}

const sources = (attributes: { dtype: DType; shape: Shape }, fail: Fail): readonly TensorType[] => [
  { dtype: attributes.dtype, shape: checkShape(attributes.shape, fail) },
];

/** A shape as attributes give it: sizes are whole, names in the one form in which equal ones are equal texts. */
function checkShape(shape: Shape, fail: Fail): Shape {
  for (const dim of shape) {
    if (typeof dim === 'number' && !(Number.isSafeInteger(dim) && dim >= 0))
      fail(`${formatShape(shape)} has a size that is no whole number`);
    if (addDims(dim, 0) !== dim) fail(`write the dimension '${dim}' as '${addDims(dim, 0)}'`);
  }
  return shape;
}

const floatUnary: PlainRule = (inputs, _, fail) => {
  const x = at(operands(inputs, 1, fail), 0);
  if (x.dtype !== 'float32') fail('takes float32');
  return [{ dtype: x.dtype, shape: x.shape }];
};

function broadcast(inputs: readonly TensorType[], fail: Fail): Shape {
  return inputs.reduce<Shape>((shape, input) => {
    const merged = broadcastShapes(shape, input.shape);
    return merged ?? fail('shapes do not broadcast');
  }, []);
}

const arithmetic: PlainRule = (inputs, _, fail) => {
  const [a, b] = operands(inputs, 2, fail) as [TensorType, TensorType];
  if (a.dtype !== b.dtype) fail('element types differ');
  if (a.dtype === 'bool') fail('does not take bool');
  return [{ dtype: a.dtype, shape: broadcast(inputs, fail) }];
};

const floatArithmetic: PlainRule = (inputs, attributes, fail) => {
  if (inputs.some((input) => input.dtype !== 'float32')) fail('takes float32');
  return arithmetic(inputs, attributes, fail);
};

const comparison: PlainRule = (inputs, attributes, fail) => {
  const [result] = arithmetic(inputs, attributes, fail);
  return [{ dtype: 'bool', shape: (result as TensorType).shape }];
};

const logical: PlainRule = (inputs, _, fail) => {
  if (operands(inputs, 2, fail).some((input) => input.dtype !== 'bool')) fail('takes bool');
  return [{ dtype: 'bool', shape: broadcast(inputs, fail) }];
};

const reduction = (
  inputs: readonly TensorType[],
  { axes, keepDims }: OpAttributes['reduceSum'],
  fail: Fail,
): readonly TensorType[] => {
  const x = at(operands(inputs, 1, fail), 0);
  if (x.dtype !== 'float32') fail('takes float32');
  const reduced = new Set(axes.map((axis) => checkAxis(axis, x.shape.length, fail)));
  if (reduced.size !== axes.length) fail(`axes ${axes} repeat`);
  const shape: Dim[] = [];
  x.shape.forEach((dim, i) => {
    if (!reduced.has(i)) shape.push(dim);
    else if (keepDims) shape.push(1);
  });
  return [{ dtype: x.dtype, shape }];
};

function checkAxis(axis: number, rank: number, fail: Fail): number {
  if (!Number.isInteger(axis) || axis < 0 || axis >= rank) fail(`axis ${axis} is outside rank ${rank}`);
  return axis;
}

function checkFloats(tensors: readonly TensorType[], fail: Fail): void {
  if (tensors.some((tensor) => tensor.dtype !== 'float32')) fail('takes float32');
}

function checkIndices(indices: TensorType, fail: Fail): void {
  if (indices.dtype !== 'int64' && indices.dtype !== 'int32') fail('indices must be integers');
}

const rowScatter: PlainRule = (inputs, _, fail) => {
  const [base, indices, updates] = operands(inputs, 3, fail) as [TensorType, TensorType, TensorType];
  checkIndices(indices, fail);
  if (base.dtype !== 'float32' || updates.dtype !== 'float32') fail('takes float32 base and updates');
  if (!sameShape(updates.shape, [...indices.shape, ...base.shape.slice(1)]))
    fail('updates must be [...indices, ...row]');
  return [{ dtype: base.dtype, shape: base.shape }];
};

function checkAlongLast(data: TensorType, indices: TensorType, fail: Fail): void {
  checkIndices(indices, fail);
  if (data.shape.length === 0 || indices.shape.length !== data.shape.length)
    fail('ranks must be equal and at least 1');
  if (!sameShape(data.shape.slice(0, -1), indices.shape.slice(0, -1)))
    fail('all but the last dimension must agree');
}

const normalised = (x: TensorType, weight: TensorType, fail: Fail): TensorType => {
  if (x.dtype !== 'float32' || weight.dtype !== 'float32') fail('takes float32');
  if (x.shape.length === 0 || !sameShape(weight.shape, [x.shape.at(-1) as Dim]))
    fail('weight must span the last dimension');
  return { dtype: 'float32', shape: [...x.shape.slice(0, -1), 1] };
};

const inferRules: { readonly [K in OpName]: InferRule<K> } = {
  input: (_, attributes, fail) => sources(attributes, fail),
  constant: (_, attributes, fail) => {
    if (sizeOf(attributes.shape) !== attributes.data.length) {
      fail(`${attributes.data.length} values do not fill ${formatShape(attributes.shape)}`);
    }
    return sources(attributes, fail);
  },
  dimension: (_, { dim }, fail) => {
    checkShape([dim], fail);
    return [{ dtype: 'int64', shape: [] }];
  },
  range: (_, { size }, fail) => [{ dtype: 'int64', shape: checkShape([size], fail) }],

  neg: floatUnary,
  exp: floatUnary,
  log: floatUnary,
  sqrt: floatUnary,
  reciprocal: floatUnary,
  abs: floatUnary,
  sin: floatUnary,
  cos: floatUnary,
  tanh: floatUnary,
  erf: floatUnary,
  sigmoid: floatUnary,
  softplus: floatUnary,
  silu: floatUnary,
  relu: floatUnary,
  softmax: floatUnary,
  logSoftmax: floatUnary,
  stopGradient: (inputs, _, fail) => operands(inputs, 1, fail).map(({ dtype, shape }) => ({ dtype, shape })),
  not: (inputs, _, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    if (x.dtype !== 'bool') fail('takes bool');
    return [{ dtype: 'bool', shape: x.shape }];
  },
  cast: (inputs, { to }, fail) => [{ dtype: to, shape: at(operands(inputs, 1, fail), 0).shape }],

  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: arithmetic,
  pow: floatArithmetic,
  maximum: arithmetic,
  minimum: arithmetic,
  equal: comparison,
  greater: comparison,
  greaterOrEqual: comparison,
  and: logical,
  or: logical,
  where: (inputs, _, fail) => {
    const [condition, a, b] = operands(inputs, 3, fail) as [TensorType, TensorType, TensorType];
    if (condition.dtype !== 'bool') fail('the condition must be bool');
    if (a.dtype !== b.dtype) fail('element types differ');
    return [{ dtype: a.dtype, shape: broadcast(inputs, fail) }];
  },

  reduceSum: reduction,
  reduceMean: reduction,
  reduceMax: reduction,
  argMax: (inputs, { axis }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    checkFloats([x], fail);
    const normal = checkAxis(axis, x.shape.length, fail);
    return [{ dtype: 'int64', shape: x.shape.filter((_, i) => i !== normal) }];
  },

  reshape: (inputs, { shape }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    if (sizeOf(x.shape) !== sizeOf(shape)) fail(`${formatShape(shape)} has another number of elements`);
    return [{ dtype: x.dtype, shape: checkShape(shape, fail) }];
  },
  transpose: (inputs, { perm }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    const sorted = [...perm].sort((a, b) => a - b);
    if (perm.length !== x.shape.length || sorted.some((axis, i) => axis !== i))
      fail(`[${perm}] is no permutation of its axes`);
    return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] as Dim) }];
  },
  broadcastTo: (inputs, { shape }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    const merged = broadcastShapes(x.shape, shape);
    if (merged === undefined || !sameShape(merged, shape))
      fail(`does not broadcast to ${formatShape(shape)}`);
    return [{ dtype: x.dtype, shape: checkShape(shape, fail) }];
  },
  concat: (inputs, { axis }, fail) => {
    const [first] = inputs;
    if (first === undefined) return fail('takes at least one operand');
    const normal = checkAxis(axis, first.shape.length, fail);
    let total: Dim = 0;
    for (const input of inputs) {
      const fits = input.dtype === first.dtype && input.shape.length === first.shape.length;
      if (!fits || input.shape.some((dim, i) => i !== normal && dim !== first.shape[i]))
        fail('operands differ outside the axis');
      total = addDims(total, input.shape[normal] as Dim);
    }
    return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === normal ? total : dim)) }];
  },
  slice: (inputs, { axis, start, end }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    const normal = checkAxis(axis, x.shape.length, fail);
    const size = x.shape[normal] as Dim;
    const length = subtractDims(end, start);
    const left = subtractDims(size, end);
    const outside = [start, length, left].some((dim) => typeof dim === 'number' && dim < 0);
    if (outside) fail(`[${start}, ${end}) is no range within ${size}`);
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === normal ? length : dim)) }];
  },
  pad: (inputs, { axis, before, after }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    if (x.dtype !== 'float32') fail('takes float32');
    const normal = checkAxis(axis, x.shape.length, fail);
    if ([before, after].some((dim) => typeof dim === 'number' && dim < 0)) fail('widths cannot be negative');
    const grown = (dim: Dim) => addDims(addDims(dim, before), after);
    return [{ dtype: x.dtype, shape: x.shape.map((dim, i) => (i === normal ? grown(dim) : dim)) }];
  },

  gatherRows: (inputs, _, fail) => {
    const [data, indices] = operands(inputs, 2, fail) as [TensorType, TensorType];
    checkIndices(indices, fail);
    if (data.shape.length === 0) fail('data must have rows');
    return [{ dtype: data.dtype, shape: [...indices.shape, ...data.shape.slice(1)] }];
  },
  scatterAddRows: rowScatter,
  takeAlongLast: (inputs, _, fail) => {
    const [data, indices] = operands(inputs, 2, fail) as [TensorType, TensorType];
    checkAlongLast(data, indices, fail);
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  scatterAddAlongLast: (inputs, _, fail) => {
    const [base, indices, updates] = operands(inputs, 3, fail) as [TensorType, TensorType, TensorType];
    checkFloats([base, updates], fail);
    checkAlongLast(base, indices, fail);
    if (!sameShape(updates.shape, indices.shape)) fail('updates must have the shape of the indices');
    return [{ dtype: base.dtype, shape: base.shape }];
  },

  matMul: (inputs, { transposeA, transposeB }, fail) => {
    const [a, b] = operands(inputs, 2, fail) as [TensorType, TensorType];
    if (a.dtype !== 'float32' || b.dtype !== 'float32') fail('takes float32');
    if (a.shape.length < 2 || b.shape.length < 2) fail('takes matrices');
    const [rows, innerA] = lastTwo(a.shape, transposeA);
    const [innerB, columns] = lastTwo(b.shape, transposeB);
    if (innerA !== innerB) fail(`inner dimensions ${innerA} and ${innerB} differ`);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    if (batch === undefined) return fail('batch dimensions do not broadcast');
    return [{ dtype: 'float32', shape: [...batch, rows, columns] }];
  },
  quantizedLinear: (inputs, { data, scales, size }, fail) => {
    const x = at(operands(inputs, 1, fail), 0);
    checkFloats([x], fail);
    if (x.shape.length !== 2 || x.shape[1] !== size.in) fail(`takes [N, ${size.in}]`);
    const blocks = size.out * Math.ceil(size.in / 32);
    if (scales.length !== blocks || data.length !== 32 * blocks)
      fail(`${data.length} numbers and ${scales.length} scales do not fill [${size.out}, ${size.in}]`);
    return [{ dtype: 'float32', shape: [x.shape[0] as Dim, size.out] }];
  },
  rmsNorm: (inputs, _, fail) => {
    const [x, weight] = operands(inputs, 2, fail) as [TensorType, TensorType];
    const statistic = normalised(x, weight, fail);
    return [{ dtype: x.dtype, shape: x.shape }, statistic];
  },
  layerNorm: (inputs, _, fail) => {
    const [x, weight, bias] = operands(inputs, 3, fail) as [TensorType, TensorType, TensorType];
    const statistic = normalised(x, weight, fail);
    checkFloats([bias], fail);
    if (!sameShape(bias.shape, weight.shape)) fail('bias must have the shape of the weight');
    return [{ dtype: x.dtype, shape: x.shape }, statistic, statistic];
  },
  rotary: (inputs, _, fail) => {
    const [x, positions, cos, sin] = operands(inputs, 4, fail) as [
      TensorType,
      TensorType,
      TensorType,
      TensorType,
    ];
    checkFloats([x, cos, sin], fail);
    if (positions.dtype !== 'int64') fail('positions must be int64');
    if (x.shape.length !== 4) fail('takes [batch, heads, length, head size]');
    if (!sameShape(positions.shape, [x.shape[0] as Dim, x.shape[2] as Dim]))
      fail('positions must be [batch, length]');
    const size = x.shape[3];
    if (typeof size !== 'number' || size % 2 !== 0) return fail('head size must be a known even number');
    if (cos.shape.length !== 2 || cos.shape[1] !== size / 2 || !sameShape(cos.shape, sin.shape)) {
      fail('cos and sin must be [positions, head size / 2]');
    }
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  cachedAttention: inferCachedAttention,
  crossEntropy: (inputs, _, fail) => {
    const [logits, labels] = operands(inputs, 2, fail) as [TensorType, TensorType];
    checkFloats([logits], fail);
    checkIndices(labels, fail);
    if (logits.shape.length !== 2 || !sameShape(labels.shape, logits.shape.slice(0, 1)))
      fail('takes [N, classes] and [N]');
    return [
      { dtype: 'float32', shape: labels.shape },
      { dtype: 'float32', shape: logits.shape },
    ];
  },
};

function inferCachedAttention(
  inputs: readonly TensorType[],
  { heads, keyValueHeads }: OpAttributes['cachedAttention'],
  fail: Fail,
): readonly TensorType[] {
  if (inputs.length !== 6 && inputs.length !== 8) fail(`takes 6 or 8 operands, got ${inputs.length}`);
  const [q, k, v, keys, values, last, cos, sin] = inputs as readonly TensorType[] & { 0: TensorType };
  checkFloats(
    inputs.filter((input) => input !== last),
    fail,
  );
  const [batch, , places, size] = keys?.shape ?? [];
  const length = q.shape[1] as Dim;
  if (keys?.shape.length !== 4 || typeof places !== 'number' || typeof size !== 'number')
    return fail('keys must be [batch, heads, places, head size], the last three known');
  if (size % 8 !== 0) fail(`head size ${size} is no multiple of 8`);
  if (!sameShape(keys.shape, [batch as Dim, keyValueHeads, places, size]) || heads % keyValueHeads !== 0)
    fail(`keys are not of ${keyValueHeads} heads, which ${heads} share`);
  const row = (count: number): Shape => [batch as Dim, length, count * size];
  const wanted: readonly [TensorType | undefined, Shape][] = [
    [q, row(heads)],
    [k, row(keyValueHeads)],
    [v, row(keyValueHeads)],
    [values, keys.shape],
    [last, [batch as Dim]],
  ];
  for (const [operand, shape] of wanted) {
    if (operand === undefined || !sameShape(operand.shape, shape))
      fail(`an operand is not ${formatShape(shape)}`);
  }
  if (last?.dtype !== 'int32') fail('the last places must be int32');
  if (cos !== undefined && sin !== undefined) checkTables({ cos, sin, places, size }, fail);
  return [
    { dtype: 'float32', shape: q.shape },
    { dtype: 'float32', shape: keys.shape },
    { dtype: 'float32', shape: keys.shape },
  ];
}

type TableTypes = {
  readonly cos: TensorType;
  readonly sin: TensorType;
  readonly places: number;
  readonly size: number;
};

function checkTables({ cos, sin, places, size }: TableTypes, fail: Fail): void {
  const [rows, half] = cos.shape;
  if (!sameShape(cos.shape, sin.shape) || half !== size / 2)
    fail('cos and sin must be [positions, head size / 2]');
  if (typeof rows !== 'number' || rows < places) fail(`cos and sin do not reach ${places} places`);
  if (size % 16 !== 0) fail(`turns no heads of size ${size}, which is no multiple of 16`);
}

function lastTwo(shape: Shape, swapped: boolean): readonly [Dim, Dim] {
  const [x, y] = shape.slice(-2) as [Dim, Dim];
  return swapped ? [y, x] : [x, y];
}

/** True when a tensor's type is what its node's operation infers. */
export function hasInferredType(tensor: Tensor, inferred: TensorType | undefined): boolean {
  return inferred !== undefined && inferred.dtype === tensor.dtype && sameShape(inferred.shape, tensor.shape);
}
