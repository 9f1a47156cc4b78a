// What the names of an ONNX model hold while it is raised: tensors, constants, or shapes computed by name.
import { InputError } from '../../core/index.ts';
import { constant, type Dim, type Shape, type Tensor } from '../graph/index.ts';
import type { GraphProto, NodeProto, TensorProto } from './proto.ts';
import { readTensor, readType } from './reader.ts';
import { symbolicValues } from './symbolic.ts';

export class RaisedValues {
  readonly #initializers: readonly TensorProto[];
  readonly #byName: ReadonlyMap<string, TensorProto>;
  readonly #symbolic: ReadonlyMap<string, readonly Dim[]>;
  readonly #tensors = new Map<string, Tensor>();
  /** Initializers before this place have been seen. */
  #introduced = 0;

  constructor(graph: GraphProto) {
    this.#initializers = graph.initializer;
    this.#byName = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    const inputShapes = new Map(graph.input.map((info) => [info.name, readType(info).shape]));
    this.#symbolic = symbolicValues(graph.node, { inputShapes, integers: (name) => this.integers(name) });
  }

  /** True for a node that only computes with shapes: it has no tensor of its own. */
  isSymbolic(node: NodeProto): boolean {
    return node.output.every((name) => this.#symbolic.has(name));
  }

  set(name: string, tensor: Tensor): void {
    if (this.#tensors.has(name)) throw new InputError(`Cannot read the model: '${name}' is computed twice`);
    this.#tensors.set(name, tensor);
  }

  tensor(name: string): Tensor {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const initializer = this.#byName.get(name);
    if (initializer === undefined)
      throw new InputError(`Cannot read the model: '${name}' is read before it is computed`);
    const { data, shape, dtype } = readTensor(initializer);
    const tensor = constant(data, shape, dtype);
    this.#tensors.set(name, tensor);
    return tensor;
  }

  shape(name: string): Shape {
    const initializer = this.#byName.get(name);
    return initializer === undefined ? this.tensor(name).shape : readTensor(initializer).shape;
  }

  /** The values of an int64 vector or scalar that is a constant. */
  integers(name: string): readonly number[] | undefined {
    const tensor = this.#byName.get(name);
    if (tensor === undefined || tensor.dims.length > 1) return undefined;
    const { dtype, data } = readTensor(tensor);
    return dtype === 'int64' ? Array.from(data) : undefined;
  }

  /** The value of a float32 or int32 scalar that is a constant. */
  number(name: string): number | undefined {
    const tensor = this.#byName.get(name);
    if (tensor === undefined || tensor.dims.length > 0) return undefined;
    const { dtype, data } = readTensor(tensor);
    return dtype === 'float32' || dtype === 'int32' ? data[0] : undefined;
  }

  /** The bytes of a constant that lie in the model. */
  bytes(name: string): Uint8Array | undefined {
    return this.#byName.get(name)?.rawData;
  }

  dims(name: string): readonly Dim[] | undefined {
    return this.#symbolic.get(name) ?? this.integers(name);
  }

  /**
   * Makes constants of the initializers that come up to here and are more than a node's parameters, so that a second
   * lowering numbers them alike: those that no node so far reads, or that the present one reads as an operand.
   */
  introduce(nodes: readonly NodeProto[], operands: readonly string[]): void {
    const read = new Set(nodes.flatMap((node) => node.input));
    const last = this.#initializers.findLastIndex(({ name }) => read.has(name));
    for (; this.#introduced <= last; this.#introduced++) {
      const { name } = this.#initializers[this.#introduced] as TensorProto;
      if (!read.has(name) || operands.includes(name)) this.tensor(name);
    }
  }
}
