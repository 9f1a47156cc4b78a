// Merges an adapter into the weights of its base model.
import { readdir } from 'node:fs/promises';
import { fileError, InputError, NumericError } from '../../core/index.ts';
import { type AdaptableModel, type LoraConfig, loraScale, loraTargets } from './lora-config.ts';
import { linearSizes, loraNames } from './lora-parameters.ts';

/** The base and the adapter to merge. */
export type MergeOptions = {
  readonly model: AdaptableModel;
  /** Values of a parameter of the base; they are left as they are. */
  readonly parameters: (name: string) => Float32Array | Promise<Float32Array>;
  readonly adapter: {
    readonly config: LoraConfig;
    /** Values by PEFT's names. */
    readonly parameters: (name: string) => Float32Array | Promise<Float32Array>;
  };
};

/**
 * A reader of merged parameters, as `saveModel` takes it: W + scale * B A, summed in float64 and rounded once to float32;
 * other parameters pass through. Each call works on one parameter, so that memory holds no second model.
 * @returns reader that throws NumericError when a merged weight is not finite
 */
export function mergeAdapter({
  model,
  parameters,
  adapter,
}: MergeOptions): (name: string) => Promise<Float32Array> {
  const sizes = linearSizes(model);
  const scale = loraScale(adapter.config);
  const layers = new Map(loraTargets(model, adapter.config).map((layer) => [`${layer}.weight`, layer]));
  return async (name) => {
    const base = await parameters(name);
    const layer = layers.get(name);
    if (layer === undefined) return base;
    const { in: inner, out } = sizes(layer);
    const names = loraNames(layer);
    const [a, b] = [await adapter.parameters(names.a), await adapter.parameters(names.b)];
    const { rank } = adapter.config;
    checkSize(name, base, out * inner);
    checkSize(names.a, a, rank * inner);
    checkSize(names.b, b, out * rank);
    const merged = addProduct(base, { a, b, rank, scale });
    if (!merged.every(Number.isFinite))
      throw new NumericError(
        `Cannot merge '${name}': a weight becomes infinite or NaN; check both models' weights`,
      );
    return merged;
  };
}

/**
 * Checks that a directory holds a base model alone: weights that another adapter belongs to would lose it by merging.
 * Quantised weights are refused when the model is opened.
 * @throws InputError when it holds an adapter
 */
export async function checkMergeBase(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw fileError(`Cannot read the base model '${directory}'`, error);
  });
  if (!names.includes('adapter_config.json')) return;
  throw new InputError(
    `Cannot merge into '${directory}': it holds an adapter itself (adapter_config.json); merge that first, or name its base model`,
  );
}

type Product = {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rank: number;
  readonly scale: number;
};

/** base [out, in] + scale * b [out, rank] a [rank, in]. */
function addProduct(base: Float32Array, { a, b, rank, scale }: Product): Float32Array {
  const width = a.length / rank;
  const result = new Float32Array(base.length);
  const row = new Float64Array(width);
  for (let start = 0, first = 0; start < base.length; start += width, first += rank) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * (b[first + k] as number);
      for (let i = 0, at = k * width; i < width; i++, at++) (row[i] as number) += factor * (a[at] as number);
    }
    for (let i = 0; i < width; i++) result[start + i] = (base[start + i] as number) + (row[i] as number);
  }
  return result;
}

function checkSize(name: string, { length }: Float32Array, wanted: number): void {
  if (length !== wanted)
    throw new RangeError(`Cannot merge '${name}' of ${length} elements: it takes ${wanted}`);
}
