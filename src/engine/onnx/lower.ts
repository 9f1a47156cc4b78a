// Graph to ONNX: one table says how each operation is written in operator set 23 and onnxruntime's own domain.
import {
  type Dim,
  type DType,
  dimTerms,
  type Graph,
  inputsOf,
  type Node,
  nodesOf,
  type OpAttributes,
  type OpName,
  type Shape,
  sizeOf,
  type Tensor,
} from '../graph/index.ts';
import {
  type Attribute,
  type ElementType,
  externalTensor,
  graph as graphProto,
  type ModelProto,
  model as modelProto,
  type NodeProto,
  node as nodeProto,
  type TensorData,
  type TensorProto,
  tensorProto,
  valueInfo,
} from './proto.ts';

/** The operator sets that lowered models state: ONNX's own and onnxruntime's contributed operators. */
export const opsets = { '': 23, 'com.microsoft': 1 } as const;

const microsoft = 'com.microsoft';

type EmitOptions = {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
};
type LowerRule<K extends OpName> = (
  lowering: Lowering,
  node: Node<K> & { attributes: OpAttributes[K] },
) => readonly string[];
/** A rule that reads no attribute serves several operations. */
type PlainRule = (lowering: Lowering, node: Node) => readonly string[];

/** Bytes that a model refers to by a name. */
export type ExternalData = { readonly path: string; readonly data: Uint8Array };

export type LoweringOptions = {
  readonly name?: string;
  /** Takes the bytes of large constants, by reference; the model then only names them. */
  readonly external?: ExternalData[] | undefined;
};

/** Constants of fewer bytes stay in the model. */
const externalBytes = 2 ** 16;

/**
 * Writes a graph as an ONNX model: inputs and outputs keep their names, named dimensions stay named.
 * Nodes come in the order of creation, so backward nodes follow the forward pass.
 */
export function lowerGraph(graph: Graph, { name = 'hone', external }: LoweringOptions = {}): ModelProto {
  const nodes = nodesOf(Object.values(graph.outputs));
  const lowering = new Lowering(graph, nodes, external);
  for (const node of nodes) lowering.lower(node);
  return lowering.finish(graph, name);
}

class Lowering {
  readonly #names = new Map<Tensor, string>();
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #constants = new Map<string, string>();
  readonly #dimensions = new Map<string, string>();
  readonly #graphInputs: readonly Tensor[];
  /** What some node or the graph's caller reads. */
  readonly #read: ReadonlySet<Tensor>;
  /** Names of the caller's, which generated ones keep clear of. */
  readonly #taken: ReadonlySet<string>;
  readonly #external: ExternalData[] | undefined;
  #counter = 0;

  constructor(graph: Graph, nodes: readonly Node[], external: ExternalData[] | undefined) {
    this.#external = external;
    this.#graphInputs = inputsOf(graph);
    this.#read = new Set([...nodes.flatMap((node) => node.inputs), ...Object.values(graph.outputs)]);
    this.#taken = takenNames(graph, nodes);
  }

  lower(node: Node): void {
    const rule = lowerRules[node.op] as LowerRule<OpName>;
    const names = rule(this, node);
    node.outputs.forEach((output, i) => {
      this.#names.set(output, names[i] as string);
    });
  }

  /** The ONNX names of a node's operands. */
  operands(node: Node): string[] {
    return node.inputs.map((input) => this.nameOf(input));
  }

  nameOf(tensor: Tensor): string {
    const name = this.#names.get(tensor);
    if (name === undefined) throw new Error(`Cannot lower node ${tensor.node.id}: it was not reached`);
    return name;
  }

  /** Appends an ONNX node and returns the names of its outputs. */
  emit(opType: string, inputs: readonly string[], { outputs = 1, ...options }: EmitOptions = {}): string[] {
    const names = Array.from({ length: outputs }, () => this.#newName(opType));
    this.#nodes.push(nodeProto(opType, inputs, names, { ...options, name: names[0] as string }));
    return names;
  }

  /** The name of an initializer with these values; small equal ones are shared. */
  constant(dtype: ElementType, shape: readonly number[], data: TensorData): string {
    const tensor = tensorProto('', dtype, shape, data);
    const bytes = tensor.rawData;
    const key =
      bytes.length <= 128 ? `${dtype}[${shape}]${Buffer.from(bytes).toString('base64')}` : undefined;
    const shared = key === undefined ? undefined : this.#constants.get(key);
    if (shared !== undefined) return shared;
    let name = `constant_${this.#initializers.length}`;
    while (this.#taken.has(name)) name = `${name}_`;
    tensor.name = name;
    if (this.#external !== undefined && bytes.length >= externalBytes) {
      this.#external.push({ path: name, data: bytes });
      const place = { dims: shape, location: name, length: bytes.length };
      this.#initializers.push(externalTensor(name, dtype, place));
    } else this.#initializers.push(tensor);
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  int64(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  /** int64[1] holding a dimension's value, computed from the shapes of the graph's inputs where it has a name. */
  dim(dim: Dim): string {
    if (typeof dim === 'number') return this.int64([dim]);
    const known = this.#dimensions.get(dim);
    if (known !== undefined) return known;
    const terms = dimTerms(dim).map(([factor, names]) => {
      const factors = names.map((name) => this.#boundName(name));
      return factors.reduce((product, value) => this.one('Mul', [product, value]), this.int64([factor]));
    });
    const value = terms.reduce((sum, term) => this.one('Add', [sum, term]));
    this.#dimensions.set(dim, value);
    return value;
  }

  /** int64[rank] holding a shape; at most one unknown size is left for Reshape to find when `infer` is set. */
  shape(shape: Shape, infer = false): string {
    const named = shape.filter((dim) => typeof dim !== 'number');
    if (named.length === 0 || (infer && named.length === 1 && !shape.includes(0))) {
      return this.int64(shape.map((dim) => (typeof dim === 'number' ? dim : -1)));
    }
    return this.one(
      'Concat',
      shape.map((dim) => this.dim(dim)),
      { attributes: { axis: { int: 0 } } },
    );
  }

  one(opType: string, inputs: readonly string[], options: EmitOptions = {}): string {
    return this.emit(opType, inputs, options)[0] as string;
  }

  /** A value in another shape; without allowzero a size of 0 would mean "as in the operand". */
  reshaped(value: string, shape: Shape): string {
    const target = this.shape(shape, true);
    return this.one('Reshape', [value, target], { attributes: { allowzero: { int: 1 } } });
  }

  finish(graph: Graph, name: string): ModelProto {
    const outputs = Object.entries(graph.outputs).map(([outputName, tensor]) => {
      this.#nodes.push(
        nodeProto('Identity', [this.nameOf(tensor)], [outputName], { name: `output_${outputName}` }),
      );
      return valueInfo(outputName, tensor.dtype, tensor.shape);
    });
    const inputs = this.#graphInputs.map((tensor) =>
      valueInfo(this.nameOf(tensor), tensor.dtype, tensor.shape),
    );
    const nodes = renameOutputs(this.#nodes, new Set(inputs.map((info) => info.name)), this.#initializers);
    return modelProto({
      opsets,
      graph: graphProto({ name, nodes, inputs, outputs, initializers: this.#initializers }),
    });
  }

  isRead(tensor: Tensor | undefined): boolean {
    return tensor !== undefined && this.#read.has(tensor);
  }

  #newName(opType: string): string {
    let name = `${opType}_${this.#counter++}`;
    while (this.#taken.has(name)) name = `${opType}_${this.#counter++}`;
    return name;
  }

  #boundName(name: string): string {
    const known = this.#dimensions.get(name);
    if (known !== undefined) return known;
    for (const tensor of this.#graphInputs) {
      const axis = tensor.shape.indexOf(name);
      if (axis < 0) continue;
      const attributes = { start: { int: axis }, end: { int: axis + 1 } };
      const value = this.one('Shape', [this.nameOf(tensor)], { attributes });
      this.#dimensions.set(name, value);
      return value;
    }
    throw new RangeError(`Cannot lower dimension '${name}': no input of the graph has it`);
  }
}

/** The names of inputs and outputs; all must differ, since ONNX has one space of names. */
function takenNames(graph: Graph, nodes: readonly Node[]): Set<string> {
  const names = [
    ...nodes.flatMap((node) => (node.op === 'input' ? [node.attributes.name] : [])),
    ...Object.keys(graph.outputs),
  ];
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw new TypeError(`Cannot lower the graph: '${repeated}' names two inputs, or an input and an output`);
  return new Set(names);
}

/** Lets producers write to the graph's outputs themselves, where a copy node is not needed. */
function renameOutputs(
  nodes: readonly NodeProto[],
  inputs: ReadonlySet<string>,
  initializers: readonly TensorProto[],
): NodeProto[] {
  const fixed = new Set([...inputs, ...initializers.map((tensor) => tensor.name)]);
  const renamed = new Map<string, string>();
  const kept: NodeProto[] = [];
  for (const node of nodes) {
    const [source] = node.input;
    const [target] = node.output;
    const isCopy = node.name === `output_${target}` && source !== undefined && target !== undefined;
    if (isCopy && !fixed.has(source) && !renamed.has(source)) renamed.set(source, target);
    else kept.push(node);
  }
  for (const node of kept) {
    node.input = node.input.map((name) => renamed.get(name) ?? name);
    node.output = node.output.map((name) => renamed.get(name) ?? name);
  }
  return kept;
}

const direct =
  (opType: string, options: EmitOptions = {}): PlainRule =>
  (lowering, node) =>
    lowering.emit(opType, lowering.operands(node), options);

const reduction =
  (opType: string) =>
  (lowering: Lowering, node: Node & { attributes: OpAttributes['reduceSum'] }): readonly string[] =>
    lowering.emit(opType, [...lowering.operands(node), lowering.int64(node.attributes.axes)], {
      attributes: { keepdims: { int: node.attributes.keepDims ? 1 : 0 } },
    });

const lastAxis = { attributes: { axis: { int: -1 } } } as const;
const elementCodes: Readonly<Record<DType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

const lowerRules: { readonly [K in OpName]: LowerRule<K> } = {
  input: (_, node) => [node.attributes.name],
  constant: (lowering, { attributes: { dtype, shape, data } }) => [
    lowering.constant(dtype, shape, constantData(dtype, data)),
  ],
  dimension: (lowering, { attributes }) =>
    lowering.emit('Squeeze', [lowering.dim(attributes.dim), lowering.int64([0])]),
  range: (lowering, { attributes: { size } }) => {
    if (typeof size === 'number')
      return [
        lowering.constant(
          'int64',
          [size],
          Array.from({ length: size }, (_, i) => i),
        ),
      ];
    const limit = lowering.one('Squeeze', [lowering.dim(size), lowering.int64([0])]);
    return lowering.emit('Range', [
      lowering.constant('int64', [], [0]),
      limit,
      lowering.constant('int64', [], [1]),
    ]);
  },

  neg: direct('Neg'),
  exp: direct('Exp'),
  log: direct('Log'),
  sqrt: direct('Sqrt'),
  reciprocal: direct('Reciprocal'),
  abs: direct('Abs'),
  sin: direct('Sin'),
  cos: direct('Cos'),
  tanh: direct('Tanh'),
  erf: direct('Erf'),
  sigmoid: direct('Sigmoid'),
  softplus: direct('Softplus'),
  silu: direct('QuickGelu', { domain: microsoft, attributes: { alpha: { float: 1 } } }),
  relu: direct('Relu'),
  not: direct('Not'),
  cast: (lowering, node) =>
    lowering.emit('Cast', lowering.operands(node), {
      attributes: { to: { int: elementCodes[node.attributes.to] } },
    }),
  stopGradient: (lowering, node) => lowering.operands(node),

  add: direct('Add'),
  sub: direct('Sub'),
  mul: direct('Mul'),
  div: direct('Div'),
  pow: direct('Pow'),
  maximum: direct('Max'),
  minimum: direct('Min'),
  equal: direct('Equal'),
  greater: direct('Greater'),
  greaterOrEqual: direct('GreaterOrEqual'),
  and: direct('And'),
  or: direct('Or'),
  // onnxruntime's Where does not choose between truth values
  where: (lowering, node) => {
    const [condition, a, b] = lowering.operands(node) as [string, string, string];
    if (node.inputs[1]?.dtype !== 'bool') return lowering.emit('Where', [condition, a, b]);
    const otherwise = lowering.one('And', [lowering.one('Not', [condition]), b]);
    return lowering.emit('Or', [lowering.one('And', [condition, a]), otherwise]);
  },

  reduceSum: reduction('ReduceSum'),
  reduceMean: reduction('ReduceMean'),
  reduceMax: reduction('ReduceMax'),
  argMax: (lowering, node) =>
    lowering.emit('ArgMax', lowering.operands(node), {
      attributes: { axis: { int: node.attributes.axis }, keepdims: { int: 0 } },
    }),

  reshape: (lowering, node) => [
    lowering.reshaped(lowering.operands(node)[0] as string, node.attributes.shape),
  ],
  transpose: (lowering, node) =>
    lowering.emit('Transpose', lowering.operands(node), {
      attributes: { perm: { ints: node.attributes.perm } },
    }),
  broadcastTo: (lowering, node) =>
    lowering.emit('Expand', [...lowering.operands(node), lowering.shape(node.attributes.shape)]),
  concat: (lowering, node) =>
    lowering.emit('Concat', lowering.operands(node), { attributes: { axis: { int: node.attributes.axis } } }),
  slice: (lowering, node) => {
    const { axis, start, end } = node.attributes;
    return lowering.emit('Slice', [
      ...lowering.operands(node),
      lowering.dim(start),
      lowering.dim(end),
      lowering.int64([axis]),
    ]);
  },
  pad: (lowering, node) => {
    const { axis, before, after } = node.attributes;
    const widths = lowering.shape([before, after]);
    const zero = lowering.constant('float32', [], [0]);
    return lowering.emit('Pad', [...lowering.operands(node), widths, zero, lowering.int64([axis])]);
  },

  gatherRows: direct('Gather', { attributes: { axis: { int: 0 } } }),
  scatterAddRows: lowerScatterAddRows,
  takeAlongLast: direct('GatherElements', lastAxis),
  scatterAddAlongLast: direct('ScatterElements', {
    attributes: { axis: { int: -1 }, reduction: { string: 'add' } },
  }),

  matMul: (lowering, node) => {
    const { transposeA, transposeB, scale } = node.attributes;
    const flat = node.inputs.every((input) => input.shape.length === 2);
    const [transA, transB] = [{ int: transposeA ? 1 : 0 }, { int: transposeB ? 1 : 0 }];
    const attributes = { transA, transB, alpha: { float: scale } };
    if (flat) return lowering.emit('Gemm', lowering.operands(node), { attributes });
    return lowering.emit('FusedMatMul', lowering.operands(node), { domain: microsoft, attributes });
  },
  quantizedLinear: (lowering, node) => {
    const { data, scales, size, arithmetic } = node.attributes;
    const blocks = Math.ceil(size.in / 32);
    const weights = lowering.constant('uint8', [size.out, blocks, 32], data);
    const steps = lowering.constant('float32', [size.out, blocks], scales);
    return lowering.emit('MatMulNBits', [...lowering.operands(node), weights, steps], {
      domain: microsoft,
      attributes: {
        K: { int: size.in },
        N: { int: size.out },
        bits: { int: 8 },
        block_size: { int: 32 },
        accuracy_level: { int: arithmetic === 'int8' ? 4 : 1 },
      },
    });
  },
  softmax: direct('Softmax', lastAxis),
  logSoftmax: direct('LogSoftmax', lastAxis),
  rmsNorm: (lowering, node) => {
    const [x, weight] = lowering.operands(node) as [string, string];
    const epsilon = { float: node.attributes.epsilon };
    const normal = lowering.one('RMSNormalization', [x, weight], {
      attributes: { axis: { int: -1 }, epsilon },
    });
    return lowering.isRead(node.outputs[1]) ? [normal, inverseRms(lowering, x, node)] : [normal];
  },
  layerNorm: (lowering, node) =>
    lowering.emit('LayerNormalization', lowering.operands(node), {
      attributes: { axis: { int: -1 }, epsilon: { float: node.attributes.epsilon } },
      outputs: 3,
    }),
  rotary: (lowering, node) =>
    lowering.emit('RotaryEmbedding', lowering.operands(node), { domain: microsoft }),
  cachedAttention: (lowering, node) => {
    const { heads, keyValueHeads, scale, window } = node.attributes;
    const [q, k, v, keys, values, last, ...tables] = lowering.operands(node) as [string, ...string[]];
    // Taken for the size of the buffers: each row's own length is what `last` says.
    const places = lowering.constant('int32', [], [node.inputs[3]?.shape[2] as number]);
    const operands = [q, k, v, keys, values, last, places, ...tables] as string[];
    return lowering.emit('GroupQueryAttention', operands, {
      domain: microsoft,
      outputs: 3,
      attributes: {
        num_heads: { int: heads },
        kv_num_heads: { int: keyValueHeads },
        scale: { float: scale },
        do_rotary: { int: tables.length > 0 ? 1 : 0 },
        local_window_size: { int: window === 0 ? -1 : window },
      },
    });
  },
  crossEntropy: (lowering, node) => {
    const [logits, labels] = lowering.operands(node) as [string, string];
    const logProbs = lowering.one('LogSoftmax', [logits], lastAxis);
    const columns = lowering.one('Unsqueeze', [labels, lowering.int64([1])]);
    const picked = lowering.one('GatherElements', [logProbs, columns], lastAxis);
    const losses = lowering.one('Squeeze', [lowering.one('Neg', [picked]), lowering.int64([1])]);
    return [losses, logProbs];
  },
};

/**
 * Adds up the updates of each row by a product with a one-hot matrix, then scatters each row once.
 * ScatterND alone would lose updates: onnxruntime adds repeated rows from several threads at once. ScatterElements,
 * which does not, takes 20 ns an element.
 */
function lowerScatterAddRows(lowering: Lowering, node: Node): readonly string[] {
  const [base, indices, updates] = lowering.operands(node) as [string, string, string];
  const [baseTensor, indexTensor] = node.inputs as readonly [Tensor, Tensor];
  const row = baseTensor.shape.slice(1);
  const count = sizeOf(indexTensor.shape);
  const wide = indexTensor.dtype === 'int64' ? indices : lowering.one('Cast', [indices], castTo('int64'));
  const [rows] = lowering.emit('Unique', [lowering.reshaped(wide, [count])]) as [string];
  const places = lowering.one('Unsqueeze', [rows, lowering.int64([1])]);
  const owners = lowering.one('Equal', [places, lowering.reshaped(wide, [1, count])]);
  const oneHot = lowering.one('Cast', [owners], castTo('float32'));
  const sums = lowering.one('Gemm', [oneHot, lowering.reshaped(updates, [count, sizeOf(row)])]);
  const rowSums = lowering.one('Reshape', [sums, lowering.shape([-1, ...row])]);
  return lowering.emit('ScatterND', [base, places, rowSums], {
    attributes: { reduction: { string: 'add' } },
  });
}

/** 1 / sqrt(mean(x^2) + epsilon) over the last axis, which ONNX's RMSNormalization does not hand out. */
function inverseRms(
  lowering: Lowering,
  x: string,
  node: Node & { attributes: OpAttributes['rmsNorm'] },
): string {
  const size = sizeOf([(node.inputs[0] as Tensor).shape.at(-1) as Dim]);
  if (typeof size !== 'number')
    throw new RangeError(`Cannot lower 'rmsNorm' over the named dimension '${size}'`);
  const squares = lowering.one('ReduceSumSquare', [x, lowering.int64([-1])], {
    attributes: { keepdims: { int: 1 } },
  });
  const mean = lowering.one('Mul', [squares, lowering.constant('float32', [], [1 / size])]);
  const shifted = lowering.one('Add', [mean, lowering.constant('float32', [], [node.attributes.epsilon])]);
  return lowering.one('Reciprocal', [lowering.one('Sqrt', [shifted])]);
}

function constantData(dtype: DType, data: OpAttributes['constant']['data']): TensorData {
  if (dtype === 'float32' && data instanceof Float32Array) return data;
  if (dtype === 'int32' && data instanceof Int32Array) return data;
  return Array.from(data);
}

function castTo(dtype: DType): EmitOptions {
  return { attributes: { to: { int: elementCodes[dtype] } } };
}
