// Opens a Hugging Face directory: the model of its config.json, and its weights checked against it.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, InputErrors } from '../../core/index.ts';
import {
  type Dtype,
  float32,
  type HostTensor,
  openWeights,
  type Weights as WeightFiles,
} from '../../engine/index.ts';
import { type JsonObject, parseSpecialTokens, type SpecialTokenIds } from '../config-json.ts';
import { modelFromConfig } from '../families.ts';
import type { CausalModel } from '../model.ts';
import { matchParameters, redundantHead } from './match.ts';
import { readJsonObject } from './read-json.ts';

/** A model on disk, checked: every parameter is there in its shape, and nothing else. */
export interface OpenedModel extends AsyncDisposable {
  readonly directory: string;
  readonly model: CausalModel;
  /** Of `generation_config.json` and, where that says nothing, of `config.json`. */
  readonly tokens: SpecialTokenIds;
  /** `generation_config.json`, when there is one. */
  readonly generationConfig: JsonObject | undefined;
  /** Element type of the first parameter as stored; reading converts to float32. */
  readonly dtype: Dtype;
  /**
   * Reads every parameter as float32.
   * @param into the memory of a parameter, of exactly its size
   */
  readParameters(into: (name: string) => Float32Array): Promise<void>;
  close(): Promise<void>;
}

/** A model with its parameters in memory. */
export type LoadedModel = {
  readonly model: CausalModel;
  readonly tokens: SpecialTokenIds;
  readonly generationConfig: JsonObject | undefined;
  /** float32, by name. */
  readonly parameters: Readonly<Record<string, HostTensor>>;
};

/**
 * Opens a Hugging Face directory: `config.json` and safetensors in one file or several, F32, F16 or BF16.
 * @throws InputError or InputErrors naming everything that is missing, unexpected or misshapen
 */
export async function openModel(directory: string): Promise<OpenedModel> {
  const file = join(directory, 'config.json');
  const json = (await readJsonObject(file)) ?? (await refuseDirectory(directory));
  const model = modelFromConfig(json, file);
  const generationFile = join(directory, 'generation_config.json');
  const generationConfig = await readJsonObject(generationFile);
  const tokens = {
    ...parseSpecialTokens(json, file),
    ...parseSpecialTokens(generationConfig ?? {}, generationFile),
  };
  const weights = await openWeights(directory);
  try {
    const stored = await checkedMatch(directory, model, weights);
    return new CheckedModel({ directory, model, tokens, generationConfig }, weights, stored);
  } catch (error) {
    await weights.close();
    throw error;
  }
}

/** {@link openModel}, read into memory. */
export async function loadModel(directory: string): Promise<LoadedModel> {
  await using opened = await openModel(directory);
  const { model, tokens, generationConfig } = opened;
  const parameters = Object.fromEntries(model.parameters.map(({ name, shape }) => [name, zeroTensor(shape)]));
  await opened.readParameters((name) => parameters[name]?.data as Float32Array);
  return { model, tokens, generationConfig, parameters };
}

function zeroTensor(shape: readonly number[]): HostTensor {
  return float32(new Float32Array(shape.reduce((size, dim) => size * dim, 1)), shape);
}

type Described = Pick<OpenedModel, 'directory' | 'model' | 'tokens' | 'generationConfig'>;

class CheckedModel implements OpenedModel {
  readonly directory: string;
  readonly model: CausalModel;
  readonly tokens: SpecialTokenIds;
  readonly generationConfig: JsonObject | undefined;
  readonly dtype: Dtype;
  readonly #weights: WeightFiles;
  readonly #stored: ReadonlyMap<string, string>;

  constructor(described: Described, weights: WeightFiles, stored: ReadonlyMap<string, string>) {
    this.directory = described.directory;
    this.model = described.model;
    this.tokens = described.tokens;
    this.generationConfig = described.generationConfig;
    this.#weights = weights;
    this.#stored = stored;
    const [first] = stored.values();
    this.dtype = weights.info(first as string).dtype;
  }

  async readParameters(into: (name: string) => Float32Array): Promise<void> {
    // One after the other, in the order of the files: the disk is the limit.
    const order = new Map(this.#weights.names.map((name, i) => [name, i]));
    const place = (stored: string) => order.get(stored) ?? 0;
    for (const [name, stored] of [...this.#stored].sort(([, a], [, b]) => place(a) - place(b))) {
      await this.#weights.readInto(stored, into(name));
    }
  }

  async close(): Promise<void> {
    await this.#weights.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function checkedMatch(
  directory: string,
  model: CausalModel,
  weights: WeightFiles,
): Promise<ReadonlyMap<string, string>> {
  const { stored, faults } = matchParameters(model, weights);
  const all = faults.length > 0 ? faults : await headFaults(model, weights, stored);
  if (all.length === 0) return stored;
  const shown = all.slice(0, 12);
  if (all.length > shown.length) shown.push(`and ${all.length - shown.length} more`);
  throw new InputErrors(
    `Cannot load the model '${directory}': its weights do not fit its config.json; fetch or save both together`,
    shown,
  );
}

/** transformers would silently take the embeddings for an output layer that is stored and differs. */
async function headFaults(
  model: CausalModel,
  weights: WeightFiles,
  stored: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const head = redundantHead(model, weights);
  if (head === undefined) return [];
  const embedding = stored.get(model.parameters[0]?.name ?? '') as string;
  const [a, b] = await Promise.all([weights.read(head), weights.read(embedding)]);
  if (a.length === b.length && a.every((value, i) => Object.is(value, b[i]))) return [];
  return [
    `'${head}' differs from '${embedding}', to which config.json ties it; set "tie_word_embeddings": false or remove it`,
  ];
}

async function refuseDirectory(directory: string): Promise<never> {
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined)
    throw new InputError(`Cannot open the model '${directory}': there is no such directory; check the path`);
  const reason = found.isDirectory() ? 'it holds no config.json' : 'it is a file';
  throw new InputError(
    `Cannot open the model '${directory}': ${reason}; name a directory as transformers' save_pretrained writes it`,
  );
}
