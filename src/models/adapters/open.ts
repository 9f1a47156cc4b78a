// Opens an adapter in PEFT's format and checks it against the model that it is for.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, InputError, InputErrors } from '../../core/index.ts';
import { float32, type HostTensor, openWeights, type Weights as WeightFiles } from '../../engine/index.ts';
import { readJsonObject } from '../checkpoint/read-json.ts';
import type { ParameterSpec } from '../model.ts';
import type { AdaptableModel, LoraConfig } from './lora-config.ts';
import { loraParameters } from './lora-parameters.ts';
import { parsePeftConfig } from './peft-config.ts';

/** An adapter on disk, checked: every matrix is there in its shape, and nothing else. */
export interface OpenedAdapter extends AsyncDisposable {
  readonly directory: string;
  readonly config: LoraConfig;
  /** Path or name of the model that it was trained on, if stated. */
  readonly baseModel: string | undefined;
  readonly parameters: readonly ParameterSpec[];
  /**
   * Reads every parameter as float32.
   * @param into the memory of a parameter, of exactly its size
   */
  readParameters(into: (name: string) => Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** An adapter with its parameters in memory. */
export type LoadedAdapter = {
  readonly config: LoraConfig;
  readonly baseModel: string | undefined;
  /** float32, by PEFT's names. */
  readonly parameters: Readonly<Record<string, HostTensor>>;
};

const configFile = 'adapter_config.json';
const weightsFile = 'adapter_model.safetensors';

/**
 * Opens an adapter: `adapter_config.json` and `adapter_model.safetensors`, F32, F16 or BF16.
 * @throws InputError or InputErrors naming all that is not supported, missing, unexpected or misshapen
 */
export async function openAdapter(directory: string, model: AdaptableModel): Promise<OpenedAdapter> {
  const file = join(directory, configFile);
  const json = await readJsonObject(file);
  if (json === undefined)
    throw new InputError(
      `Cannot open the adapter '${directory}': it holds no ${configFile}; name a directory as PEFT writes it`,
    );
  const { config, baseModel } = parsePeftConfig(json, file, model);
  const parameters = loraParameters(model, config);
  const weights = await openAdapterWeights(directory);
  try {
    checkTensors(directory, parameters, weights);
  } catch (error) {
    await weights.close();
    throw error;
  }
  const close = () => weights.close();
  return {
    ...{ directory, config, baseModel, parameters, close },
    readParameters: async (into) => {
      for (const { name } of parameters) await weights.readInto(name, into(name));
    },
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Whether a directory holds an adapter alone, and the base model that it names.
 * @returns undefined where it holds none
 */
export async function adapterBase(
  directory: string,
): Promise<{ readonly baseModel: string | undefined } | undefined> {
  const json = await readJsonObject(join(directory, configFile));
  if (json === undefined) return undefined;
  const base = json.base_model_name_or_path;
  return { baseModel: typeof base === 'string' && base !== '' ? base : undefined };
}

/** {@link openAdapter}, read into memory. */
export async function loadAdapter(directory: string, model: AdaptableModel): Promise<LoadedAdapter> {
  await using opened = await openAdapter(directory, model);
  const { config, baseModel } = opened;
  const arrays = new Map(opened.parameters.map(({ name, shape }) => [name, new Float32Array(size(shape))]));
  const array = (name: string) => arrays.get(name) as Float32Array;
  await opened.readParameters(array);
  const parameters = Object.fromEntries(
    opened.parameters.map(({ name, shape }) => [name, float32(array(name), shape)]),
  );
  return { config, baseModel, parameters };
}

async function openAdapterWeights(directory: string): Promise<WeightFiles> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw fileError(`Cannot open the adapter '${directory}'`, error);
  });
  if (names.includes(weightsFile)) return openWeights(join(directory, weightsFile));
  const remedy = names.includes('adapter_model.bin')
    ? "it has 'adapter_model.bin': save it from PEFT with save_pretrained(..., safe_serialization=True)"
    : 'fetch or save it again';
  throw new InputError(`Cannot open the adapter '${directory}': it holds no ${weightsFile}; ${remedy}`);
}

function checkTensors(directory: string, parameters: readonly ParameterSpec[], weights: WeightFiles): void {
  const known = new Set(parameters.map(({ name }) => name));
  const faults = [
    ...parameters.flatMap((spec) => misfit(spec, weights)),
    ...weights.names.filter((name) => !known.has(name)).map(unexpected),
  ];
  if (faults.length === 0) return;
  const shown = faults.slice(0, 12);
  if (faults.length > shown.length) shown.push(`and ${faults.length - shown.length} more`);
  throw new InputErrors(
    `Cannot open the adapter '${directory}': its weights do not fit the model and its ${configFile}; check that it is for this model`,
    shown,
  );
}

function misfit({ name, shape }: ParameterSpec, weights: WeightFiles): string[] {
  if (!weights.has(name)) return [`'${name}' [${shape.join(', ')}] is missing`];
  const stored = weights.info(name);
  if (stored.shape.length !== shape.length || stored.shape.some((size, i) => size !== shape[i]))
    return [
      `'${name}' has shape [${stored.shape.join(', ')}], the model and the rank ask for [${shape.join(', ')}]`,
    ];
  if (['F32', 'F16', 'BF16'].includes(stored.dtype)) return [];
  return [`'${name}' is stored as ${stored.dtype}; save it as F32, F16 or BF16`];
}

function unexpected(name: string): string {
  if (name.includes('lora_magnitude_vector')) return `'${name}' belongs to DoRA, which is not supported`;
  if (!name.includes('.lora_'))
    return `'${name}' is no LoRA matrix; adapters with further weights are not supported`;
  return `'${name}' is not expected: no target is a linear layer of this name`;
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
