// The parameters of a LoRA adapter, by PEFT's names.
import type { ParameterSpec } from '../model.ts';
import { type AdaptableModel, type LoraConfig, loraTargets } from './lora-config.ts';

/** The sizes of one adapted linear layer, x [N, in] to [N, out]. */
export type LinearSize = { readonly in: number; readonly out: number };

/** PEFT's names of the two matrices of a linear layer. */
export function loraNames(layer: string): { readonly a: string; readonly b: string } {
  const stem = `base_model.model.${layer}`;
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` };
}

/**
 * An adapter's parameters in the model's order: for each target A [rank, in], uniform within 1 / sqrt(in) (Kaiming's
 * rule with a gain for sqrt(5), as PEFT), and B [out, rank], zeros: a new adapter changes nothing.
 * @throws InputErrors with all that is wrong in the configuration
 */
export function loraParameters(model: AdaptableModel, config: LoraConfig): ParameterSpec[] {
  const sizes = linearSizes(model);
  return loraTargets(model, config).flatMap((layer) => {
    const size = sizes(layer);
    const { a, b } = loraNames(layer);
    const uniform = { kind: 'uniform', bound: 1 / Math.sqrt(size.in) } as const;
    return [
      { name: a, shape: [config.rank, size.in], initializer: uniform, decay: true },
      { name: b, shape: [size.out, config.rank], initializer: { kind: 'zeros' }, decay: true },
    ];
  });
}

/** Looks up the sizes of a model's linear layers. */
export function linearSizes({ parameters }: AdaptableModel): (layer: string) => LinearSize {
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  return (layer) => {
    const [out, inner] = shapes.get(`${layer}.weight`) ?? [];
    if (out === undefined || inner === undefined)
      throw new TypeError(`Cannot adapt '${layer}': the model has no matrix '${layer}.weight'`);
    return { in: inner, out };
  };
}
