// A checkpoint's weights as constants of a graph, in the precision that was asked for.
import { add, constant, quantizedLinear, type Tensor } from '../../engine/index.ts';
import { GraphWeights, type OpenedModel, type ParameterSpec, type Weights } from '../../models/index.ts';
import { blockSize, type QuantizedMatrix, quantizedBlocks, quantizeMatrix } from './quantize.ts';

/** How weights are held: as they are, or as whole numbers of eight bits with a scale for every 32 of them. */
export type Precision = 'float32' | 'int8';

const embedding = 'model.embed_tokens.weight';
const head = 'lm_head.weight';

/** Reads a model's weights; they go out of reach with the graph: onnxruntime keeps packed copies of its own. */
export async function readConstantWeights(opened: OpenedModel, precision: Precision): Promise<Weights> {
  const { parameters } = opened.model;
  const names = new Set(parameters.map(({ name }) => name));
  // A tied embedding is looked up as it is and multiplied by rounded; an untied one is only looked up.
  const isMatrix = ({ name, shape }: ParameterSpec) =>
    shape.length === 2 && (name !== embedding || !names.has(head));
  const rounded = precision === 'float32' ? [] : parameters.filter(isMatrix);
  const kept = parameters.filter((spec) => spec.name === embedding || !rounded.includes(spec));
  const arrays = sideBySide(kept);
  const matrices = await readParameters(opened, { rounded, arrays });
  const exact = new GraphWeights(parameters, ({ name, shape }) =>
    constant(arrays.get(name) as Float32Array, shape),
  );
  return precision === 'float32' ? exact : new QuantizedWeights(exact, matrices, names);
}

/** One buffer for all arrays: the system takes it back whole, where many small ones would leave the heap in holes. */
function sideBySide(specs: readonly ParameterSpec[]): ReadonlyMap<string, Float32Array> {
  const buffer = new Float32Array(specs.reduce((sum, { shape }) => sum + countOf(shape), 0));
  let start = 0;
  return new Map(
    specs.map(({ name, shape }) => {
      const array = buffer.subarray(start, start + countOf(shape));
      start += array.length;
      return [name, array];
    }),
  );
}

type Reading = {
  readonly rounded: readonly ParameterSpec[];
  /** Memory of the parameters that are kept as they are. */
  readonly arrays: ReadonlyMap<string, Float32Array>;
};

/** Rounds each matrix as soon as it is read, so that there is never a second model in memory. */
async function readParameters(
  opened: OpenedModel,
  { rounded, arrays }: Reading,
): Promise<ReadonlyMap<string, QuantizedMatrix>> {
  const matrices = quantizedSideBySide(rounded);
  const scratch = new Float32Array(Math.max(0, ...rounded.map(({ shape }) => countOf(shape))));
  let reading: { readonly matrix: QuantizedMatrix; readonly array: Float32Array } | undefined;
  const round = () => {
    if (reading !== undefined) quantizeMatrix(reading.array, reading.matrix);
  };
  await opened.readParameters((name) => {
    round();
    const matrix = matrices.get(name);
    const size = matrix === undefined ? 0 : matrix.size.in * matrix.size.out;
    const array = arrays.get(name) ?? scratch.subarray(0, size);
    reading = matrix && { matrix, array };
    return array;
  });
  round();
  return matrices;
}

function quantizedSideBySide(specs: readonly ParameterSpec[]): ReadonlyMap<string, QuantizedMatrix> {
  const sizes = specs.map(({ shape: [out, inner] }) => ({ in: inner as number, out: out as number }));
  const counts = sizes.map(quantizedBlocks);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const [data, scales] = [new Uint8Array(total * blockSize), new Float32Array(total)];
  let start = 0;
  return new Map(
    specs.map(({ name }, i) => {
      const end = start + (counts[i] as number);
      const matrix = {
        data: data.subarray(start * blockSize, end * blockSize),
        scales: scales.subarray(start, end),
        size: sizes[i] as QuantizedMatrix['size'],
      };
      start = end;
      return [name, matrix];
    }),
  );
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
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
