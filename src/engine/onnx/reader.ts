// Reads parts of an ONNX model as plain values: attributes, initializers, declared types.
import { InputError } from '../../core/index.ts';
import type { ConstantData, DType, Shape } from '../graph/index.ts';
import { elementTypeOf, type NodeProto, type TensorProto, type ValueInfoProto } from './proto.ts';

/** A value of an attribute, integers as numbers. */
export type AttributeValue = number | string | readonly number[];

const dtypes: readonly string[] = ['float32', 'int64', 'int32', 'bool'] satisfies DType[];

/** 'Operator 'X' of node 'n'', for messages. */
export function describeOperator(node: NodeProto): string {
  const domain = node.domain === '' ? '' : `${node.domain}.`;
  return `operator '${domain}${node.opType}' of node '${node.name}'`;
}

/** A node's attributes as plain values, sorted by name. */
export function plainAttributes(node: NodeProto): Readonly<Record<string, AttributeValue>> {
  const entries = node.attribute.map(({ name, type, i, f, s, ints }) => {
    const values: Readonly<Record<number, AttributeValue>> = {
      1: f,
      2: Number(i),
      3: new TextDecoder().decode(s),
      7: ints.map(Number),
    };
    const value = values[type];
    if (value === undefined)
      throw new InputError(
        `Cannot read ${describeOperator(node)}: attribute '${name}' is of a type that Hone does not write`,
      );
    return [name, value] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An element type by its ONNX code. */
export function readDType(code: number, what: string): DType {
  const name = elementTypeOf(code);
  if (name === undefined || !isDType(name))
    throw new InputError(
      `Cannot read ${what}: its element type is ${name ?? `number ${code}`}, not one of ${dtypes.join(', ')}`,
    );
  return name;
}

/** A declared input or output. */
export function readType({ name, type }: ValueInfoProto): { readonly dtype: DType; readonly shape: Shape } {
  if (type?.value.case !== 'tensorType' || type.value.value.shape === undefined)
    throw new InputError(`Cannot read '${name}': it is declared without a tensor type and shape`);
  const { elemType, shape } = type.value.value;
  const dims = shape.dim.map(({ value }) => {
    if (value.case === 'dimValue') return Number(value.value);
    if (value.case === 'dimParam' && value.value !== '') return value.value;
    throw new InputError(`Cannot read '${name}': one of its dimensions has neither size nor name`);
  });
  return { dtype: readDType(elemType, `'${name}'`), shape: dims };
}

/** An initializer's type and values. */
export function readTensor(tensor: TensorProto): {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ConstantData;
} {
  const { name, rawData, dataType } = tensor;
  const shape = tensor.dims.map(Number);
  const dtype = readDType(dataType, `initializer '${name}'`);
  // A copy, since the bytes may lie where no typed array can begin
  const bytes = rawData.slice().buffer;
  const data = {
    float32: () => new Float32Array(bytes),
    int32: () => new Int32Array(bytes),
    int64: () => Array.from(new BigInt64Array(bytes), Number),
    bool: () => Array.from(rawData),
  };
  const size = shape.reduce((product, dim) => product * dim, 1);
  const width = { float32: 4, int32: 4, int64: 8, bool: 1 }[dtype];
  if (rawData.length !== size * width)
    throw new InputError(
      `Cannot read initializer '${name}': ${size} elements of ${dtype} wanted, ${rawData.length} raw bytes given; values elsewhere are not read`,
    );
  return { dtype, shape, data: data[dtype]() };
}

function isDType(name: string): name is DType {
  return dtypes.includes(name);
}
