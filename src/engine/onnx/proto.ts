// ONNX's protobuf messages: typed constructors for the parts that a lowered graph needs, and the codec.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { InputError } from '../../core/index.ts';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type FunctionProto,
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.js';

export type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto };

/** Element types by onnxruntime's names. */
export type ElementType = keyof typeof elementTypes;

/** What {@link tensorProto} takes: plain numbers, or the typed array whose bytes ONNX stores (float16 and bfloat16 as their bits). */
export type TensorData = readonly number[] | ElementArray;

/** One attribute of a node; the key says its ONNX type, which a JavaScript number alone cannot. */
export type Attribute =
  | { readonly int: number | bigint }
  | { readonly ints: readonly (number | bigint)[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TensorProto }
  | { readonly graph: GraphProto };

/** Options of {@link node}. */
export type NodeOptions = {
  /** Operator set's domain, '' (ONNX itself) by default. */
  readonly domain?: string;
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
};

/** Parts of a graph, in ONNX's order: nodes must be sorted so that values come before their use. */
export type GraphParts = {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly initializers?: readonly TensorProto[];
  readonly valueInfos?: readonly ValueInfoProto[];
};

/** Parts of a model. */
export type ModelParts = {
  readonly graph: GraphProto;
  /** Version by domain, '' being ONNX's own set: `{ '': 21, 'com.microsoft': 1 }`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer?: string;
  /** ONNX file format version, 10 by default (the one of opset 21). */
  readonly irVersion?: number;
  readonly functions?: readonly FunctionProto[];
};

type ElementArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Uint8Array
  | Int8Array;

// ONNX's raw data is little-endian, as is every machine that onnxruntime-node has a build for: bytes go out as they lie.
const elementTypes = {
  float32: { code: DataType.FLOAT, array: Float32Array },
  float64: { code: DataType.DOUBLE, array: Float64Array },
  float16: { code: DataType.FLOAT16, array: Uint16Array },
  bfloat16: { code: DataType.BFLOAT16, array: Uint16Array },
  int64: { code: DataType.INT64, array: BigInt64Array },
  int32: { code: DataType.INT32, array: Int32Array },
  int8: { code: DataType.INT8, array: Int8Array },
  uint8: { code: DataType.UINT8, array: Uint8Array },
  bool: { code: DataType.BOOL, array: Uint8Array },
} as const;

const defaultIrVersion = 10;

/** The model's bytes, as an `.onnx` file holds them. */
export function encodeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/** Reads an `.onnx` file's bytes; throws InputError when they are not an ONNX model. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  let decoded: ModelProto;
  try {
    decoded = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new InputError(`Cannot read ${bytes.length} bytes as an ONNX model; give a whole .onnx file`, {
      cause,
    });
  }
  if (decoded.graph === undefined) {
    throw new InputError(
      `Cannot read ${bytes.length} bytes as an ONNX model: it holds no graph; give an .onnx file`,
    );
  }
  return decoded;
}

/** A constant or initializer. The bytes of a typed array are kept by reference, not copied. */
export function tensorProto(
  name: string,
  dtype: ElementType,
  dims: readonly number[],
  data: TensorData,
): TensorProto {
  const array = toElementArray(dtype, data);
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (array.length !== size) {
    throw new RangeError(
      `Cannot make tensor '${name}' of shape [${dims.join(', ')}]: ${size} elements wanted, ${array.length} given`,
    );
  }
  return create(TensorProtoSchema, {
    name,
    dataType: elementTypes[dtype].code,
    dims: dims.map(BigInt),
    rawData: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  });
}

/** An initializer whose bytes are handed over beside the model, under the name `location`. */
export function externalTensor(
  name: string,
  dtype: ElementType,
  { dims, location, length }: { dims: readonly number[]; location: string; length: number },
): TensorProto {
  const entries = Object.entries({ location, offset: '0', length: String(length) });
  return create(TensorProtoSchema, {
    name,
    dataType: elementTypes[dtype].code,
    dims: dims.map(BigInt),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: entries.map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
  });
}

/** A graph output that is a sequence of float32 tensors. */
export function sequenceInfo(name: string): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, { elemType: DataType.FLOAT });
  const elemType = create(TypeProtoSchema, { value: { case: 'tensorType', value: tensor } });
  const sequence = create(TypeProto_SequenceSchema, { elemType });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'sequenceType', value: sequence } }),
  });
}

/** A graph input or output; a dimension is a size or a name. */
export function valueInfo(
  name: string,
  dtype: ElementType,
  dims: readonly (number | string)[],
): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, { dim: dims.map(dimension) });
  const tensorType = create(TypeProto_TensorSchema, { elemType: elementTypes[dtype].code, shape });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }),
  });
}

/** One operation; an input of '' is an optional one left out. */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  options: NodeOptions = {},
): NodeProto {
  const attributes = Object.entries(options.attributes ?? {});
  return create(NodeProtoSchema, {
    opType,
    input: [...inputs],
    output: [...outputs],
    ...(options.domain ? { domain: options.domain } : {}),
    ...(options.name ? { name: options.name } : {}),
    attribute: attributes.map(([name, value]) => attributeProto(name, value)),
  });
}

/** A graph from its parts. */
export function graph(parts: GraphParts): GraphProto {
  return create(GraphProtoSchema, {
    name: parts.name,
    node: [...parts.nodes],
    input: [...parts.inputs],
    output: [...parts.outputs],
    initializer: [...(parts.initializers ?? [])],
    valueInfo: [...(parts.valueInfos ?? [])],
  });
}

/** A model around a graph, stating the operator sets that it uses. */
export function model(parts: ModelParts): ModelProto {
  const opsets = Object.entries(parts.opsets);
  return create(ModelProtoSchema, {
    irVersion: BigInt(parts.irVersion ?? defaultIrVersion),
    producerName: parts.producer ?? 'hone',
    opsetImport: opsets.map(([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) }),
    ),
    graph: parts.graph,
    functions: [...(parts.functions ?? [])],
  });
}

/** The name of an ONNX element type code; undefined for one that Hone does not use. */
export function elementTypeOf(code: number): ElementType | undefined {
  for (const [name, { code: known }] of Object.entries(elementTypes)) {
    if (known === code && isElementType(name)) return name;
  }
  return undefined;
}

function isElementType(name: string): name is ElementType {
  return name in elementTypes;
}

function isElementArray(data: TensorData): data is ElementArray {
  return ArrayBuffer.isView(data);
}

function toElementArray(dtype: ElementType, data: TensorData): ElementArray {
  const { array } = elementTypes[dtype];
  if (isElementArray(data)) {
    if (data instanceof array) return data;
    throw new TypeError(`Cannot store a ${data.constructor.name} as ${dtype}; give a ${array.name}`);
  }
  if (dtype === 'float16' || dtype === 'bfloat16') {
    throw new TypeError(`Cannot store plain numbers as ${dtype}; give their bits as a Uint16Array`);
  }
  return dtype === 'int64' ? BigInt64Array.from(data, BigInt) : new elementTypes[dtype].array(data);
}

function dimension(dim: number | string): TensorShapeProto_Dimension {
  return create(TensorShapeProto_DimensionSchema, {
    value:
      typeof dim === 'number' ? { case: 'dimValue', value: BigInt(dim) } : { case: 'dimParam', value: dim },
  });
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  return create(AttributeProtoSchema, { name, ...attributeValue(value) });
}

function attributeValue(value: Attribute) {
  if ('int' in value) return { type: AttributeType.INT, i: BigInt(value.int) };
  if ('ints' in value) return { type: AttributeType.INTS, ints: value.ints.map(BigInt) };
  if ('float' in value) return { type: AttributeType.FLOAT, f: value.float };
  if ('floats' in value) return { type: AttributeType.FLOATS, floats: [...value.floats] };
  if ('string' in value) return { type: AttributeType.STRING, s: utf8(value.string) };
  if ('strings' in value) return { type: AttributeType.STRINGS, strings: value.strings.map(utf8) };
  if ('tensor' in value) return { type: AttributeType.TENSOR, t: value.tensor };
  return { type: AttributeType.GRAPH, g: value.graph };
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
