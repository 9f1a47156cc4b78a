// Which stored tensor fills which parameter, and all that is wrong with a checkpoint at once.
import { didYouMean } from '../../core/index.ts';
import type { Weights as WeightFiles } from '../../engine/index.ts';
import type { CausalModel, ParameterSpec } from '../model.ts';

/** Stored name by parameter name, and faults in words. */
export type Match = { readonly stored: ReadonlyMap<string, string>; readonly faults: readonly string[] };

// Buffers that older transformers saved; they follow from config.json.
const ignored = /(^|\.)rotary_emb\.inv_freq$/;
const tiedHead = 'lm_head.weight';
const floats = ['F32', 'F16', 'BF16'];

/** Finds each parameter's tensor; names without the leading 'model.' (a base model's) fit as well. */
export function matchParameters(model: CausalModel, weights: WeightFiles): Match {
  const faults: string[] = [];
  const stored = new Map<string, string>();
  for (const spec of model.parameters) {
    const name = [spec.name, spec.name.replace(/^model\./, '')].find((candidate) => weights.has(candidate));
    const fault = name === undefined ? missing(spec, weights) : misfit(spec, name, weights);
    if (fault !== undefined) faults.push(fault);
    if (name !== undefined) stored.set(spec.name, name);
  }
  const used = new Set(stored.values());
  for (const name of weights.names) {
    if (!used.has(name) && !ignored.test(name) && name !== redundantHead(model, weights))
      faults.push(unexpected(name));
  }
  return { stored, faults };
}

/** The stored output layer of a model whose configuration ties it to the embeddings; undefined when there is none. */
export function redundantHead(model: CausalModel, weights: WeightFiles): string | undefined {
  const own = model.parameters.some((spec) => spec.name === tiedHead);
  return !own && weights.has(tiedHead) ? tiedHead : undefined;
}

function misfit(spec: ParameterSpec, name: string, weights: WeightFiles): string | undefined {
  const { dtype, shape } = weights.info(name);
  if (shape.length !== spec.shape.length || shape.some((size, i) => size !== spec.shape[i]))
    return `'${name}' has shape [${shape.join(', ')}], config.json asks for [${spec.shape.join(', ')}]`;
  if (!floats.includes(dtype))
    return `'${name}' is stored as ${dtype}, not as ${floats.join(', ')}; save the model unquantised`;
  return undefined;
}

function missing({ name, shape }: ParameterSpec, weights: WeightFiles): string {
  const what = `'${name}' [${shape.join(', ')}] is missing`;
  if (name === tiedHead)
    return `${what}; if the model ties it to the embeddings, set "tie_word_embeddings": true in config.json`;
  // The nearest of some hundred names is hint enough, and quick.
  return weights.names.length === 0 ? what : `${what}. ${didYouMean(name, weights.names.slice(0, 400))}`;
}

function unexpected(name: string): string {
  if (/lora_|^base_model\./.test(name))
    return `'${name}' belongs to an adapter; name the base model and the adapter apart`;
  if (/\.(qweight|qzeros|scales|absmax|quant_map|g_idx|weight_scale\w*)$/.test(name))
    return `'${name}' belongs to quantised weights; use the model as it was before`;
  return `'${name}' is not expected: config.json describes a model without it`;
}
