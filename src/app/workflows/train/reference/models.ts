// Finds the model that a configuration names on this machine: a directory, HONE_MODELS, or the Hugging Face cache.
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { InputError } from '../../../../core/index.ts';
import { isNewModel, modelTypes } from '../../../../models/index.ts';
import type { ReferenceConfig } from './schema.ts';

/** What a run starts from. */
export type FoundModel = { readonly model: string; readonly tokenizer: string | null };

/** Block classes of families that Hone does not run. */
const foreignBlocks: ReadonlySet<string> = new Set(['GPT2Block', 'GPTJBlock', 'GPTNeoXLayer']);

/**
 * Model and tokenizer of a run. `model.archive`, a finished run, takes the place of the model's own weights.
 * @param scratch a directory in which the reference trainer would keep its cache
 * @throws InputError that says what was looked for where, and how to get it
 */
export async function findReferenceModel(
  { model }: Pick<ReferenceConfig, 'model'>,
  scratch: string,
): Promise<FoundModel> {
  const named = model.tokenizer_name_or_path;
  const tokenizer =
    named === null ? null : await findDirectory(named, 'model.tokenizer_name_or_path', scratch);
  if (model.archive !== null) return { model: await findArchive(model.archive), tokenizer };
  if (isNewModel(model.name_or_path)) return { model: model.name_or_path, tokenizer };
  const found = await lookUp(model.name_or_path, scratch);
  if (found === undefined && model.block_name !== null && foreignBlocks.has(model.block_name))
    throw foreignFamily(model.name_or_path, model.block_name);
  const directory = found ?? (await findDirectory(model.name_or_path, 'model.name_or_path', scratch));
  await refuseForeign(model.name_or_path, directory);
  return { model: directory, tokenizer };
}

async function findDirectory(name: string, key: string, scratch: string): Promise<string> {
  const found = await lookUp(name, scratch);
  if (found !== undefined) return found;
  const shelf = process.env.HONE_MODELS;
  const places = [
    'it is no directory here',
    shelf === undefined ? 'HONE_MODELS is not set' : `not in HONE_MODELS (${shelf})`,
    `not in the Hugging Face cache (${hubCaches().join(', ')})`,
  ];
  throw new InputError(
    `Cannot find ${key} '${name}': ${places.join(', ')}; get it by 'hf download ${name} --local-dir DIR' and give ${key}=DIR`,
  );
}

async function lookUp(name: string, scratch: string): Promise<string | undefined> {
  const shelf = process.env.HONE_MODELS;
  const direct = [name, ...(shelf ? [join(shelf, name), join(shelf, basename(name))] : [])];
  for (const directory of direct) if (await isDirectory(directory)) return directory;
  return hubSnapshot(`models--${name.replaceAll('/', '--')}`, [...hubCaches(), scratch]);
}

/** Where the Hugging Face libraries keep what they fetched, by their own variables. */
export function hubCaches(env: NodeJS.ProcessEnv = process.env): string[] {
  const given = env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE;
  if (given) return [given];
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return [join(home, 'hub')];
}

/** The files of a repository in one of the caches, at its main revision. */
export async function hubSnapshot(folder: string, caches: readonly string[]): Promise<string | undefined> {
  for (const cache of caches) {
    const revision = await readFile(join(cache, folder, 'refs', 'main'), 'utf8').catch(() => undefined);
    if (revision === undefined) continue;
    const snapshot = join(cache, folder, 'snapshots', revision.trim());
    if (await isDirectory(snapshot)) return snapshot;
  }
  return undefined;
}

/** The model of a finished run: its directory, its `LATEST` or `final`, or a checkpoint. */
async function findArchive(path: string): Promise<string> {
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined)
    throw new InputError(
      `Cannot find model.archive '${path}': there is no such directory; name a finished run`,
    );
  if (!kind.isDirectory()) throw pickled(path);
  for (const part of ['', 'LATEST', 'final', 'model']) {
    const directory = join(path, part);
    if (await exists(join(directory, 'config.json'))) return directory;
  }
  if (await exists(join(path, 'policy.pt'))) throw pickled(join(path, 'policy.pt'));
  throw new InputError(
    `Cannot use model.archive '${path}': it holds no model (config.json and safetensors); name a finished run or its LATEST`,
  );
}

function pickled(path: string): InputError {
  return new InputError(
    `Cannot use model.archive '${path}': a .pt file is a Python pickle, which Hone does not read. Convert it where PyTorch is: ` +
      `m = AutoModelForCausalLM.from_pretrained(NAME); m.load_state_dict(torch.load('${basename(path)}', map_location='cpu')['state']); ` +
      'm.save_pretrained(DIR); AutoTokenizer.from_pretrained(NAME).save_pretrained(DIR); then give model.archive=DIR',
  );
}

async function refuseForeign(name: string, directory: string): Promise<void> {
  const text = await readFile(join(directory, 'config.json'), 'utf8').catch(() => '{}');
  const type = /"model_type"\s*:\s*"([^"]+)"/.exec(text)?.[1];
  if (type !== undefined && !modelTypes.includes(type)) throw foreignFamily(name, type);
}

function foreignFamily(name: string, kind: string): InputError {
  return new InputError(
    `Cannot train '${name}': ${kind} models are of no family that Hone runs (${modelTypes.join(', ')}); use model=llama7b, ` +
      'model=zephyr, or any directory of these families: model=blank_model_fp32 model.name_or_path=DIR',
  );
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
