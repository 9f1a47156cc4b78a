// What single ONNX operators mean as operations: the inverse of lowering's table.
import {
  addDims,
  type Dim,
  dimTerms,
  multiplyDims,
  type OpAttributes,
  type OpName,
  type Shape,
  sizeOf,
} from '../graph/index.ts';
import type { NodeProto } from './proto.ts';
import { type AttributeValue, readDType } from './reader.ts';

/** An operation to apply, its operands by their ONNX names. */
export type Recipe = {
  readonly op: OpName;
  readonly operands: readonly string[];
  readonly attributes: OpAttributes[OpName];
};

/** What a rule can ask about the node it reads. */
export type RaiseContext = {
  readonly node: NodeProto;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** The shape of an input. */
  readonly shape: (i: number) => Shape;
  /** An input that must be known integers. */
  readonly integers: (i: number) => readonly number[];
  /** An input that must be a computed or known shape. */
  readonly dims: (i: number) => readonly Dim[];
  /** The bytes of an input that must be a constant in the model. */
  readonly bytes: (i: number) => Uint8Array;
  /** The value of an input that must be one known number. */
  readonly number: (i: number) => number;
  readonly fail: (reason: string) => never;
};

export type RaiseRule = (context: RaiseContext) => Recipe;

/** Binds an operation's name to the type of its attributes. */
export function recipe<K extends OpName>(
  op: K,
  operands: readonly string[],
  attributes: OpAttributes[K],
): Recipe {
  return { op, operands, attributes };
}

/** All inputs are operands; the attributes must be the given ones, no more. */
const direct =
  (op: OpName, expected: Readonly<Record<string, AttributeValue>> = {}): RaiseRule =>
  ({ node, attributes, fail }) => {
    if (JSON.stringify(attributes) !== JSON.stringify(expected))
      fail(`its attributes are ${JSON.stringify(attributes)}, not ${JSON.stringify(expected)}`);
    return { op, operands: node.input, attributes: {} as OpAttributes[OpName] };
  };

/** The first `operands` inputs are operands; other inputs and the attributes are the rule's to read. */
const reading =
  <K extends OpName>(
    op: K,
    { operands, attributes }: { operands: number; attributes: (reader: Reader) => OpAttributes[K] },
  ): RaiseRule =>
  (context) => {
    const reader = new Reader(context);
    const read = attributes(reader);
    reader.finish();
    return recipe(op, context.node.input.slice(0, operands), read);
  };

/** Hands out attributes and refuses those that nobody asked for. */
class Reader {
  readonly context: RaiseContext;
  readonly #left: Set<string>;

  constructor(context: RaiseContext) {
    this.context = context;
    this.#left = new Set(Object.keys(context.attributes));
  }

  number(name: string): number {
    const value = this.#take(name);
    return typeof value === 'number' ? value : this.context.fail(`attribute '${name}' is missing`);
  }

  numbers(name: string): readonly number[] {
    const value = this.#take(name);
    return typeof value === 'object' ? value : this.context.fail(`attribute '${name}' is missing`);
  }

  expect(name: string, wanted: AttributeValue): void {
    if (this.#take(name) !== wanted) this.context.fail(`attribute '${name}' is not ${wanted}`);
  }

  finish(): void {
    const [left] = this.#left;
    if (left !== undefined) this.context.fail(`attribute '${left}' is not one that Hone writes`);
  }

  #take(name: string): AttributeValue | undefined {
    this.#left.delete(name);
    return this.context.attributes[name];
  }
}

const reduction = (op: 'reduceSum' | 'reduceMean' | 'reduceMax') =>
  reading(op, {
    operands: 1,
    attributes: (reader) => ({ axes: reader.context.integers(1), keepDims: reader.number('keepdims') === 1 }),
  });

const product = reading('matMul', {
  operands: 2,
  attributes: (reader) => {
    if (reader.context.node.input.length !== 2) reader.context.fail('it adds a third operand');
    return {
      transposeA: reader.number('transA') === 1,
      transposeB: reader.number('transB') === 1,
      scale: reader.number('alpha'),
    };
  },
});

/** By operator, with its domain where that is not ONNX's own. */
export const raiseRules: Readonly<Record<string, RaiseRule>> = {
  Neg: direct('neg'),
  Exp: direct('exp'),
  Log: direct('log'),
  Sqrt: direct('sqrt'),
  Reciprocal: direct('reciprocal'),
  Abs: direct('abs'),
  Sin: direct('sin'),
  Cos: direct('cos'),
  Tanh: direct('tanh'),
  Erf: direct('erf'),
  Sigmoid: direct('sigmoid'),
  Softplus: direct('softplus'),
  'com.microsoft.QuickGelu': direct('silu', { alpha: 1 }),
  Relu: direct('relu'),
  Not: direct('not'),
  Cast: reading('cast', {
    operands: 1,
    attributes: (reader) => ({ to: readDType(reader.number('to'), `node '${reader.context.node.name}'`) }),
  }),

  Add: direct('add'),
  Sub: direct('sub'),
  Mul: direct('mul'),
  Div: direct('div'),
  Pow: direct('pow'),
  Max: direct('maximum'),
  Min: direct('minimum'),
  Equal: direct('equal'),
  Greater: direct('greater'),
  GreaterOrEqual: direct('greaterOrEqual'),
  And: direct('and'),
  Or: direct('or'),
  Where: direct('where'),

  ReduceSum: reduction('reduceSum'),
  ReduceMean: reduction('reduceMean'),
  ReduceMax: reduction('reduceMax'),
  ArgMax: reading('argMax', {
    operands: 1,
    attributes: (reader) => {
      reader.expect('keepdims', 0);
      return { axis: reader.number('axis') };
    },
  }),

  Reshape: reading('reshape', {
    operands: 1,
    attributes: (reader) => {
      reader.expect('allowzero', 1);
      return { shape: withUnknown(reader.context.shape(0), reader.context.dims(1)) };
    },
  }),
  Transpose: reading('transpose', {
    operands: 1,
    attributes: (reader) => ({ perm: reader.numbers('perm') }),
  }),
  Expand: reading('broadcastTo', {
    operands: 1,
    attributes: (reader) => ({ shape: reader.context.dims(1) }),
  }),
  Concat: (context) => {
    const { axis } = context.attributes;
    if (typeof axis !== 'number') return context.fail("attribute 'axis' is missing");
    return recipe('concat', context.node.input, { axis });
  },
  Slice: reading('slice', {
    operands: 1,
    attributes: ({ context }) => {
      if (context.node.input.length !== 4) context.fail('it has a step');
      const [start, end] = [context.dims(1), context.dims(2)].map(([dim]) => dim ?? 0);
      return { axis: onlyOne(context, 3), start: start as Dim, end: end as Dim };
    },
  }),
  Pad: reading('pad', {
    operands: 1,
    attributes: ({ context }) => {
      if (context.number(2) !== 0) context.fail('it pads with another number than 0');
      const [before, after] = context.dims(1) as [Dim, Dim];
      return { axis: onlyOne(context, 3), before, after };
    },
  }),

  Gather: direct('gatherRows', { axis: 0 }),
  GatherElements: direct('takeAlongLast', { axis: -1 }),
  ScatterElements: direct('scatterAddAlongLast', { axis: -1, reduction: 'add' }),

  Gemm: product,
  'com.microsoft.FusedMatMul': product,
  'com.microsoft.MatMulNBits': (context) => {
    const reader = new Reader(context);
    reader.expect('bits', 8);
    reader.expect('block_size', 32);
    const attributes = {
      data: context.bytes(1),
      scales: new Float32Array(context.bytes(2).slice().buffer),
      size: { in: reader.number('K'), out: reader.number('N') },
      arithmetic: reader.number('accuracy_level') === 4 ? ('int8' as const) : ('float32' as const),
    };
    reader.finish();
    return recipe('quantizedLinear', context.node.input.slice(0, 1), attributes);
  },
  Softmax: direct('softmax', { axis: -1 }),
  LogSoftmax: direct('logSoftmax', { axis: -1 }),
  RMSNormalization: reading('rmsNorm', { operands: 2, attributes: normalisation }),
  LayerNormalization: reading('layerNorm', { operands: 3, attributes: normalisation }),
  'com.microsoft.RotaryEmbedding': direct('rotary'),
  'com.microsoft.GroupQueryAttention': (context) => {
    const reader = new Reader(context);
    const window = reader.number('local_window_size');
    const attributes = {
      heads: reader.number('num_heads'),
      keyValueHeads: reader.number('kv_num_heads'),
      scale: reader.number('scale'),
      window: window === -1 ? 0 : window,
    };
    const names = context.node.input;
    reader.expect('do_rotary', names.length > 7 ? 1 : 0);
    reader.finish();
    if (context.number(6) !== context.shape(3)[2]) context.fail('its lengths are not those of its buffers');
    return recipe('cachedAttention', [...names.slice(0, 6), ...names.slice(7)], attributes);
  },
};

function normalisation(reader: Reader): { readonly epsilon: number } {
  reader.expect('axis', -1);
  return { epsilon: reader.number('epsilon') };
}

function onlyOne(context: RaiseContext, i: number): number {
  const [axis, ...others] = context.integers(i);
  return axis === undefined || others.length > 0 ? context.fail('it works on several axes') : axis;
}

/** A target shape with its one unknown size, -1, found from the number of elements. */
function withUnknown(from: Shape, target: readonly Dim[]): Shape {
  const known = target.filter((dim) => dim !== -1);
  if (known.length === target.length) return target;
  const divisor = sizeOf(known);
  if (typeof divisor !== 'number') return target;
  const unknown = dimTerms(sizeOf(from)).reduce<Dim>(
    (sum, [factor, names]) => addDims(sum, names.reduce<Dim>(multiplyDims, factor / divisor)),
    0,
  );
  return target.map((dim) => (dim === -1 ? unknown : dim));
}
