// A model's weights with a LoRA adapter over its linear layers.
import { add, input, matMul, mul, type Tensor } from '../../engine/index.ts';
import type { Weights } from '../model.ts';
import { GraphWeights } from '../weights.ts';
import { type AdaptableModel, type LoraConfig, loraScale, loraTargets } from './lora-config.ts';
import { linearSizes, loraNames, loraParameters } from './lora-parameters.ts';

/** What adapter to put over a model. */
export type LoraWeightsOptions = {
  readonly model: AdaptableModel;
  readonly config: LoraConfig;
  /** Applies the dropout, if the configuration has any: the graph then has {@link LoraWeights.dropoutInputs}. */
  readonly training?: boolean;
};

/** A graph input float32[N, width] of 0 and 1 / (1 - p), to be filled anew for each run by `dropoutMask`. */
export type DropoutInput = { readonly name: string; readonly width: number };

/**
 * Adds `scale * B A x` to the linear layers that the adapter names. A and B are graph inputs of PEFT's names; the base
 * is frozen by not asking for gradients by it. A reference policy is the base itself, without this.
 */
export class LoraWeights implements Weights {
  /** One for each adapted layer; none without dropout. */
  readonly dropoutInputs: readonly DropoutInput[];
  readonly #base: Weights;
  readonly #adapter: GraphWeights;
  readonly #scale: number;
  readonly #targets: ReadonlySet<string>;
  readonly #masks = new Map<string, Tensor>();
  readonly #widths: ReadonlyMap<string, number>;

  /** @throws InputErrors with all that is wrong in the configuration */
  constructor(base: Weights, { model, config, training = false }: LoraWeightsOptions) {
    const targets = loraTargets(model, config);
    const sizes = linearSizes(model);
    this.#base = base;
    this.#adapter = new GraphWeights(loraParameters(model, config));
    this.#scale = loraScale(config);
    this.#targets = new Set(targets);
    const dropped = training && config.dropout > 0 ? targets : [];
    this.#widths = new Map(dropped.map((layer) => [layer, sizes(layer).in]));
    this.dropoutInputs = [...this.#widths].map(([layer, width]) => ({ name: dropoutName(layer), width }));
  }

  tensor(name: string): Tensor {
    return this.#base.tensor(name);
  }

  linear(name: string, x: Tensor): Tensor {
    const product = this.#base.linear(name, x);
    if (!this.#targets.has(name)) return product;
    const { a, b } = loraNames(name);
    const reduced = matMul(this.#dropped(name, x), this.#adapter.tensor(a), { transposeB: true });
    const change = matMul(reduced, this.#adapter.tensor(b), { transposeB: true, scale: this.#scale });
    return add(product, change);
  }

  /** The adapter's parameters that were asked for, by name: what training differentiates by. */
  get used(): ReadonlyMap<string, Tensor> {
    return this.#adapter.used;
  }

  #dropped(layer: string, x: Tensor): Tensor {
    const width = this.#widths.get(layer);
    if (width === undefined) return x;
    const [rows] = x.shape;
    const mask = this.#masks.get(layer) ?? input(dropoutName(layer), 'float32', [rows ?? 1, width]);
    this.#masks.set(layer, mask);
    return mul(x, mask);
  }
}

function dropoutName(layer: string): string {
  return `dropout:${layer}`;
}
