// PEFT's adapter_config.json: read with all that Hone cannot honour refused, and written.
import { z } from 'zod';
import { InputErrors } from '../../core/index.ts';
import type { JsonObject } from '../config-json.ts';
import { type AdaptableModel, type LoraConfig, matchesTarget } from './lora-config.ts';

/** What `adapter_config.json` says. */
export type PeftConfig = { readonly config: LoraConfig; readonly baseModel: string | undefined };

const names = z.union([z.string(), z.array(z.string())]);
const schema = z.looseObject({
  peft_type: z.literal('LORA', { error: "must be 'LORA': other adapters are not supported" }),
  task_type: z
    .literal('CAUSAL_LM', { error: "must be 'CAUSAL_LM': adapters for other tasks are not supported" })
    .nullish(),
  base_model_name_or_path: z.string().nullish(),
  r: z.number().int().min(1),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).lt(1).default(0),
  target_modules: names,
  exclude_modules: names.nullish(),
  layers_to_transform: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
  use_rslora: z.boolean().default(false),
  bias: z.literal('none', { error: "must be 'none': trained biases are not supported" }).default('none'),
  init_lora_weights: z
    .union([z.boolean(), z.enum(['gaussian', 'eva', 'orthogonal'])], {
      error:
        'must not change the base model (PiSSA, OLoRA, LoftQ, CorDA): convert it to a plain LoRA in PEFT',
    })
    .nullish(),
});
type Given = z.infer<typeof schema>;

// Nothing of these changes what a trained adapter computes.
const inert = new Set([
  ...['auto_mapping', 'corda_config', 'ensure_weight_tying', 'eva_config', 'inference_mode', 'loftq_config'],
  ...['lora_ga_config', 'megatron_core', 'peft_version', 'qalora_group_size', 'revision', 'runtime_config'],
]);

/**
 * The configuration of an `adapter_config.json`. Targets come out as 'all-linear' when they choose every linear layer,
 * else as written when that says it all, else (patterns, exclusions, chosen layers) as whole names.
 * @param file named in the error
 * @throws InputErrors with every setting that is wrong or not supported
 */
export function parsePeftConfig(json: JsonObject, file: string, model: AdaptableModel): PeftConfig {
  const result = schema.safeParse(json);
  const wrong = result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  const faults = [...wrong, ...unsupported(json)];
  if (!result.success || faults.length > 0) throw refusal(file, faults);
  const given = result.data;
  const targets = parseTargets(given, model);
  if (typeof targets === 'object' && 'fault' in targets) throw refusal(file, [targets.fault]);
  const { r: rank, lora_alpha: alpha, lora_dropout: dropout, use_rslora: rsLora } = given;
  return {
    config: { rank, alpha, dropout, targets, rsLora },
    baseModel: given.base_model_name_or_path || undefined,
  };
}

/** `adapter_config.json` for PEFT, vLLM and others. */
export function formatPeftConfig({ config, baseModel }: PeftConfig, model: AdaptableModel): JsonObject {
  const { rank, alpha, dropout, targets, rsLora } = config;
  // Not every reader knows PEFT's 'all-linear'.
  const ends = new Set(model.linearLayers.map((layer) => layer.split('.').at(-1)));
  return {
    auto_mapping: null,
    base_model_name_or_path: baseModel ?? null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    rank_pattern: {},
    alpha_pattern: {},
    revision: null,
    target_modules: targets === 'all-linear' ? [...ends] : targets,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: rsLora,
  };
}

function refusal(file: string, faults: readonly string[]): InputErrors {
  return new InputErrors('Cannot use this adapter: its settings are wrong or not supported', faults, {
    location: { file },
  });
}

/** Settings that are on and that Hone does not know: each could change what the adapter computes. */
function unsupported(json: JsonObject): string[] {
  return Object.entries(json)
    .filter(([name, value]) => !Object.hasOwn(schema.shape, name) && !inert.has(name) && !isOff(value))
    .map(
      ([name, value]) =>
        `${name}: ${JSON.stringify(value)} is not supported; train without it, or merge it in PEFT`,
    );
}

function isOff(value: unknown): boolean {
  if (value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

type Matcher = (layer: string) => boolean;
type Fault = { readonly fault: string };

function parseTargets(given: Given, model: AdaptableModel): LoraConfig['targets'] | Fault {
  const target = matcher('target_modules', given.target_modules);
  const exclude = matcher('exclude_modules', given.exclude_modules ?? []);
  if ('fault' in target) return target;
  if ('fault' in exclude) return exclude;
  const chosen = model.linearLayers.filter(
    (layer) => target.matches(layer) && !exclude.matches(layer) && isChosenLayer(given, layer),
  );
  if (chosen.length === 0)
    return {
      fault: `target_modules: ${JSON.stringify(given.target_modules)} names no linear layer of the model`,
    };
  if (chosen.length === model.linearLayers.length) return 'all-linear';
  return shortest(given.target_modules, chosen, model);
}

/** The names as written, without those of other models, when they alone choose these layers. */
function shortest(
  targets: Given['target_modules'],
  chosen: readonly string[],
  { linearLayers }: AdaptableModel,
): readonly string[] {
  if (typeof targets === 'string') return chosen;
  const used = [...new Set(targets)].filter((target) =>
    linearLayers.some((layer) => matchesTarget(layer, target)),
  );
  const all = linearLayers.filter((layer) => used.some((target) => matchesTarget(layer, target)));
  return all.length === chosen.length ? used : chosen;
}

/** As PEFT: a list holds names or their ends, a string is a pattern for the whole name, or 'all-linear'. */
function matcher(setting: string, value: string | readonly string[]): { readonly matches: Matcher } | Fault {
  if (typeof value !== 'string')
    return { matches: (layer) => value.some((name) => matchesTarget(layer, name)) };
  if (value.toLowerCase() === 'all-linear') return { matches: () => true };
  try {
    const pattern = new RegExp(`^(?:${value})$`, 'u');
    return { matches: (layer) => pattern.test(layer) };
  } catch {
    return { fault: `${setting}: the pattern ${JSON.stringify(value)} is not supported; list the names` };
  }
}

/** `layers_to_transform` restricts ends of names, not whole names. */
function isChosenLayer(
  { layers_to_transform: layers, target_modules: targets }: Given,
  layer: string,
): boolean {
  const chosen = layers == null ? [] : [layers].flat();
  if (chosen.length === 0 || targets.includes(layer)) return true;
  return chosen.includes(Number(/\.(\d+)\./.exec(layer)?.[1]));
}
