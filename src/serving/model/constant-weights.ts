// A checkpoint's weights as constants of a graph, in the precision that was asked for.
import { add, constant, quantizedLinear, type Tensor } from '../../engine/index.ts';
import { GraphWeights, type OpenedModel, type Weights } from '../../models/index.ts';
import { type QuantizedMatrix, quantizeMatrix } from './quantize.ts';

/** How weights are held: as they are, or as whole numbers of eight bits with a scale for every 32 of them. */
export type Precision = 'float32' | 'int8';

const embedding = 'model.embed_tokens.weight';
const head = 'lm_head.weight';

/** Reads a model's weights; they go out of reach with the graph: onnxruntime keeps packed copies of its own. */
export async function readConstantWeights(opened: OpenedModel, precision: Precision): Promise<Weights> {
  const { parameters } = opened.model;
  const arrays = new Map<string, Float32Array>();
  const matrices = new Map<string, QuantizedMatrix>();
  const untied = parameters.some(({ name }) => name === head);
  // Rounded as soon as it is read, so that there is never a second model in memory.
  const round = (name: string) => {
    const [out, inner] = parameters.find((spec) => spec.name === name)?.shape ?? [];
    const array = arrays.get(name);
    if (precision === 'float32' || array === undefined || out === undefined || inner === undefined) return;
    if (name === embedding && untied) return;
    matrices.set(name, quantizeMatrix(array, { in: inner, out }));
    if (name !== embedding) arrays.delete(name);
  };
  let reading = '';
  const sizes = new Map(parameters.map(({ name, shape }) => [name, shape.reduce((a, b) => a * b, 1)]));
  await opened.readParameters((name) => {
    round(reading);
    reading = name;
    const array = new Float32Array(sizes.get(name) as number);
    arrays.set(name, array);
    return array;
  });
  round(reading);
  const exact = new GraphWeights(parameters, ({ name, shape }) =>
    constant(arrays.get(name) as Float32Array, shape),
  );
  return precision === 'float32' ? exact : new QuantizedWeights(exact, matrices, new Set(sizes.keys()));
}

/** Linear layers in eight bits; all else, the lookup of embeddings included, as it is. */
class QuantizedWeights implements Weights {
  readonly #exact: Weights;
  readonly #matrices: ReadonlyMap<string, QuantizedMatrix>;
  readonly #names: ReadonlySet<string>;

  constructor(exact: Weights, matrices: ReadonlyMap<string, QuantizedMatrix>, names: ReadonlySet<string>) {
    this.#exact = exact;
    this.#matrices = matrices;
    this.#names = names;
  }

  tensor(name: string): Tensor {
    return this.#exact.tensor(name);
  }

  linear(name: string, x: Tensor): Tensor {
    const matrix = this.#matrices.get(`${name}.weight`) as QuantizedMatrix;
    const product = quantizedLinear(x, { ...matrix, arithmetic: 'int8' });
    return this.#names.has(`${name}.bias`) ? add(product, this.tensor(`${name}.bias`)) : product;
  }
}
