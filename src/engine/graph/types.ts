// What a graph is made of: typed tensors, and operations with their attributes as one mapped type.

/** Element types. Integers index and count; gradients flow through float32 only. */
export type DType = 'float32' | 'int64' | 'int32' | 'bool';

/** A size: a number, or a name that is bound when the graph runs (a sum of products, as `dims.ts` writes it). */
export type Dim = number | string;

export type Shape = readonly Dim[];

/** Values of a constant, in row-major order. Booleans are 0 or 1. */
export type ConstantData = Float32Array | Int32Array | readonly number[];

type None = Readonly<Record<never, never>>;
type Axes = { readonly axes: readonly number[]; readonly keepDims: boolean };

/**
 * Every operation and its attributes. Passes over the graph are tables keyed by these names,
 * so that an operation without a rule is a type error.
 */
export type OpAttributes = {
  // Sources
  input: { readonly name: string; readonly dtype: DType; readonly shape: Shape };
  constant: { readonly data: ConstantData; readonly dtype: DType; readonly shape: readonly number[] };
  dimension: { readonly dim: Dim };
  range: { readonly size: Dim };

  // One operand, element by element
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  reciprocal: None;
  abs: None;
  sin: None;
  cos: None;
  tanh: None;
  erf: None;
  sigmoid: None;
  softplus: None;
  silu: None;
  relu: None;
  not: None;
  cast: { readonly to: DType };
  stopGradient: None;

  // Two or three operands, element by element, broadcast
  add: None;
  sub: None;
  mul: None;
  div: None;
  pow: None;
  maximum: None;
  minimum: None;
  equal: None;
  greater: None;
  greaterOrEqual: None;
  and: None;
  or: None;
  where: None;

  // Reductions
  reduceSum: Axes;
  reduceMean: Axes;
  reduceMax: Axes;
  argMax: { readonly axis: number };

  // Layout
  reshape: { readonly shape: Shape };
  transpose: { readonly perm: readonly number[] };
  broadcastTo: { readonly shape: Shape };
  concat: { readonly axis: number };
  slice: { readonly axis: number; readonly start: Dim; readonly end: Dim };
  pad: { readonly axis: number; readonly before: Dim; readonly after: Dim };

  // Indexing
  gatherRows: None;
  scatterAddRows: None;
  takeAlongLast: None;
  scatterAddAlongLast: None;

  // Products and fused layers
  matMul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly scale: number };
  quantizedLinear: {
    /** Rows of weights as whole numbers around 128, [out, blocks of 32 along in, 32]; what fills the last block is 128. */
    readonly data: Uint8Array;
    /** What one step of each block is worth, [out, blocks]. */
    readonly scales: Float32Array;
    readonly size: { readonly in: number; readonly out: number };
    /** 'int8' rounds each 32 elements of the operand to whole numbers as well: faster, and less exact. */
    readonly arithmetic: 'float32' | 'int8';
  };
  softmax: None;
  logSoftmax: None;
  rmsNorm: { readonly epsilon: number };
  layerNorm: { readonly epsilon: number };
  rotary: None;
  cachedAttention: {
    readonly heads: number;
    readonly keyValueHeads: number;
    readonly scale: number;
    /** Keys that a query sees, itself included; 0: all. */
    readonly window: number;
  };
  crossEntropy: None;
};

export type OpName = keyof OpAttributes;

/** The type of a tensor: its elements and its shape. */
export type TensorType = { readonly dtype: DType; readonly shape: Shape };

/** One value of the graph: output `index` of a node. Immutable; shared freely. */
export type Tensor = TensorType & { readonly node: Node; readonly index: number };

/** One operation applied. `id` grows with creation, so ascending ids are a topological order. */
export type Node<K extends OpName = OpName> = {
  [P in K]: {
    readonly id: number;
    readonly op: P;
    readonly attributes: OpAttributes[P];
    readonly inputs: readonly Tensor[];
    readonly outputs: readonly Tensor[];
    /** The recomputed segment that the node belongs to, if any. */
    readonly segment: number | undefined;
  };
}[K];

/** A named set of outputs; all else is reached from there. */
export type Graph = { readonly outputs: Readonly<Record<string, Tensor>> };
