// A model's parameters as inputs of a graph.
import { add, input, matMul, type Tensor } from '../engine/index.ts';
import type { ParameterSpec, Weights } from './model.ts';

/** Declares each parameter that a forward pass asks for: as a float32 input of its checkpoint name unless told. */
export class GraphWeights implements Weights {
  readonly #specs: ReadonlyMap<string, ParameterSpec>;
  readonly #declare: (spec: ParameterSpec) => Tensor;
  readonly #tensors = new Map<string, Tensor>();

  constructor(specs: readonly ParameterSpec[], declare = declareInput) {
    this.#declare = declare;
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
  }

  tensor(name: string): Tensor {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const spec = this.#specs.get(name);
    if (spec === undefined) throw new TypeError(`Cannot find parameter '${name}' in the model`);
    const tensor = this.#declare(spec);
    this.#tensors.set(name, tensor);
    return tensor;
  }

  linear(name: string, x: Tensor): Tensor {
    const product = matMul(x, this.tensor(`${name}.weight`), { transposeB: true });
    return this.#specs.has(`${name}.bias`) ? add(product, this.tensor(`${name}.bias`)) : product;
  }

  /** The parameters that were asked for, by name. */
  get used(): ReadonlyMap<string, Tensor> {
    return this.#tensors;
  }
}

function declareInput({ name, shape }: ParameterSpec): Tensor {
  return input(name, 'float32', shape);
}
