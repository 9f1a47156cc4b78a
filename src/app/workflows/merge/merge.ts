// Reads base and adapter, adds the one to the other, writes a Hugging Face directory with its tokenizer.
import { readdir } from 'node:fs/promises';
import { InputError } from '../../../core/index.ts';
import {
  adapterBase,
  checkMergeBase,
  type LoadedAdapter,
  loadAdapter,
  loadModel,
  mergeAdapter,
  saveModel,
} from '../../../models/index.ts';
import { Tokenizer } from '../../../text/index.ts';
import { findBase } from '../../model-source.ts';

/** What is merged, and where it goes. */
export type MergeRequest = {
  readonly adapter: string;
  readonly output: string;
  /** The base model; found by the name that the adapter states unless given. */
  readonly model?: string;
  /** Element type of the merged model. @default float32 */
  readonly dtype?: 'float32' | 'bfloat16' | 'float16';
};

/** What {@link mergeModel} did. */
export type MergedModel = {
  readonly output: string;
  readonly base: string;
  readonly adapter: string;
  readonly parameters: number;
};

const dtypes = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const;

/**
 * Saves base + adapter as a model that needs no adapter. Nothing is left in `output` when it fails.
 * @throws InputError when the directories do not fit together, or `output` is in use
 */
export async function mergeModel({
  adapter,
  output,
  model,
  dtype = 'float32',
}: MergeRequest): Promise<MergedModel> {
  const base = model ?? (await namedBase(adapter));
  await checkMergeBase(base);
  const loaded = await loadModel(base);
  const values: LoadedAdapter = await loadAdapter(adapter, loaded.model);
  const read = (tensors: LoadedAdapter['parameters']) => (name: string) =>
    tensors[name]?.data as Float32Array;
  const tokenizer = await tokenizerFiles([adapter, base]);
  await saveModel(output, {
    model: loaded.model,
    parameters: mergeAdapter({
      model: loaded.model,
      parameters: read(loaded.parameters),
      adapter: { config: values.config, parameters: read(values.parameters) },
    }),
    tokens: loaded.tokens,
    dtype: dtypes[dtype],
    ...(loaded.generationConfig && { generationConfig: loaded.generationConfig }),
    extraFiles: Object.fromEntries(tokenizer),
  });
  const sizes = loaded.model.parameters.map(({ shape }) => shape.reduce((size, dim) => size * dim, 1));
  return { output, base, adapter, parameters: sizes.reduce((sum, size) => sum + size, 0) };
}

async function namedBase(adapter: string): Promise<string> {
  const held = await adapterBase(adapter);
  if (held !== undefined) return findBase(adapter, held.baseModel);
  throw new InputError(
    `Cannot merge '${adapter}': it holds no adapter_config.json; name a directory as 'hone train' with lora, or PEFT, writes it`,
  );
}

/** The tokenizer that the adapter was trained with, if it has one, else the base's; a model may have none. */
async function tokenizerFiles(directories: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
  for (const directory of directories) {
    if ((await readdir(directory)).includes('tokenizer.json'))
      return (await Tokenizer.fromDirectory(directory)).files;
  }
  return new Map();
}
