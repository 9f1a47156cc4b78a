// A graph in which every row has its own adapter: y = W x + B^T (mask (A x)), with the matrices of several adapters stacked.
import { add, input, matMul, mul, type Tensor } from '../../engine/index.ts';
import type { CausalModel, Weights } from '../../models/index.ts';

/** Names of a linear layer's two stacks. */
export function stackNames(layer: string): { readonly a: string; readonly b: string } {
  return { a: `a:${layer}`, b: `b:${layer}` };
}

/** Name of the mask's input. */
export const maskName = 'adapters';

/** Sizes of a linear layer, x [N, in] to [N, out]. */
export type LayerSize = { readonly name: string; readonly in: number; readonly out: number };

/** The linear layers that an adapter may change. */
export function adaptableLayers({ parameters, linearLayers }: CausalModel): readonly LayerSize[] {
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  return linearLayers.map((name) => {
    const [out, inner] = shapes.get(`${name}.weight`) as readonly [number, number];
    return { name, in: inner, out };
  });
}

/**
 * Inputs: for each layer A [ranks, in] and B [ranks, out], the ranks of several adapters one below the other; the mask
 * [rows, ranks], which holds an adapter's scale in the columns of the row's adapter and zero elsewhere. So adapters of any
 * ranks and layers run together, and no row gathers matrices of its own (cf. S-LoRA, Sheng et al., 2023).
 */
export class StackedAdapters implements Weights {
  readonly #base: Weights;
  readonly #layers: ReadonlyMap<string, LayerSize>;
  #mask: Tensor | undefined;

  constructor(base: Weights, model: CausalModel) {
    this.#base = base;
    this.#layers = new Map(adaptableLayers(model).map((layer) => [layer.name, layer]));
  }

  tensor(name: string): Tensor {
    return this.#base.tensor(name);
  }

  linear(name: string, x: Tensor): Tensor {
    const product = this.#base.linear(name, x);
    const layer = this.#layers.get(name);
    if (layer === undefined) return product;
    const names = stackNames(name);
    const a = input(names.a, 'float32', ['ranks', layer.in]);
    const b = input(names.b, 'float32', ['ranks', layer.out]);
    this.#mask ??= input(maskName, 'float32', [x.shape[0] ?? 1, 'ranks']);
    const reduced = mul(matMul(x, a, { transposeB: true }), this.#mask);
    return add(product, matMul(reduced, b));
  }
}
