// What a LoRA adapter is made of, the checks of it, and the linear layers that it names.
import { didYouMean, InputErrors } from '../../core/index.ts';
import type { CausalModel } from '../model.ts';

/** Low-rank adaptation (Hu et al., 2021): y = W x + scale B A x, with A and B trained and W frozen. */
export type LoraConfig = {
  /** Rows of A and columns of B, at least 1. */
  readonly rank: number;
  /** Positive; the scale is alpha / rank, or alpha / sqrt(rank) with {@link LoraConfig.rsLora}. */
  readonly alpha: number;
  /** Probability, in [0, 1), with which training drops an element of A's input. */
  readonly dropout: number;
  /** Every linear layer of the blocks, or names: whole ('model.layers.0.mlp.up_proj') or their ends ('up_proj'). */
  readonly targets: 'all-linear' | readonly string[];
  /** Rank-stabilised scaling (Kalajdzievski, 2023). */
  readonly rsLora: boolean;
};

/** What adapters need to know of a model. */
export type AdaptableModel = Pick<CausalModel, 'parameters' | 'linearLayers'>;

/** The factor before B A x. */
export function loraScale({ rank, alpha, rsLora }: Pick<LoraConfig, 'rank' | 'alpha' | 'rsLora'>): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/**
 * Names of the linear layers that get an adapter, in the model's order.
 * @throws InputErrors with all that is wrong in the configuration
 */
export function loraTargets(model: AdaptableModel, config: LoraConfig): readonly string[] {
  const faults = [...numberFaults(config), ...targetFaults(model, config.targets)];
  if (faults.length > 0)
    throw new InputErrors('Cannot build the LoRA adapter: its settings are wrong', faults);
  return selectTargets(model, config.targets);
}

/** The linear layers that targets choose, as PEFT does: a name stands for itself and for all that end in '.name'. */
export function selectTargets(model: AdaptableModel, targets: LoraConfig['targets']): readonly string[] {
  if (targets === 'all-linear') return model.linearLayers;
  return model.linearLayers.filter((layer) => targets.some((target) => matchesTarget(layer, target)));
}

/** Whether a target is the layer's whole name or its end. */
export function matchesTarget(layer: string, target: string): boolean {
  return layer === target || layer.endsWith(`.${target}`);
}

function numberFaults({ rank, alpha, dropout }: LoraConfig): string[] {
  const faults: string[] = [];
  const check = (right: boolean, name: string, rule: string, value: number) => {
    if (!right) faults.push(`'${name}' must be ${rule}, current value is ${value}`);
  };
  check(Number.isSafeInteger(rank) && rank >= 1, 'rank', 'an integer of at least 1', rank);
  check(Number.isFinite(alpha) && alpha > 0, 'alpha', 'a positive number', alpha);
  check(dropout >= 0 && dropout < 1, 'dropout', 'in [0, 1)', dropout);
  return faults;
}

function targetFaults(model: AdaptableModel, targets: LoraConfig['targets']): string[] {
  if (targets === 'all-linear') return [];
  if (targets.length === 0) return ["'targets' is empty; name linear layers, or write 'all-linear'"];
  const faults = targets
    .filter((target) => selectTargets(model, [target]).length === 0)
    .map((target) => unknownTarget(model, target));
  const twice = new Set(targets.filter((target, i) => targets.indexOf(target) < i));
  return [...faults, ...[...twice].map((target) => `'targets' names '${target}' twice; remove one`)];
}

function unknownTarget({ parameters, linearLayers }: AdaptableModel, target: string): string {
  const fault = `'targets' names '${target}'`;
  if (target === 'all-linear') return `${fault} in a list; write it alone, not in a list`;
  if (parameters.some(({ name }) => matchesTarget(name, `${target}.weight`)))
    return `${fault}, which is no linear layer of the blocks; leave it out`;
  const ends = new Set(linearLayers.map((layer) => layer.split('.').at(-1) as string));
  return `${fault}, which the model does not have. ${didYouMean(target, target.includes('.') ? linearLayers : [...ends])}`;
}
