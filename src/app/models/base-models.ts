// The base models of a service, as its command line names them.
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileError, InputError } from '../../core/index.ts';

/** A base model: its directory, and when that was made, in seconds since 1970. */
export type BaseModel = { readonly directory: string; readonly createdAt: number };

/** By the name under which clients ask for it. */
export type BaseModels = ReadonlyMap<string, BaseModel>;

/** What names base models. */
export type BaseModelOptions = {
  /** `NAME=DIRECTORY`, or a directory whose own name is the model's. */
  readonly models?: readonly string[] | undefined;
  /** A directory of models: each directory in it with a `config.json` is one, `ORGANISATION/NAME` too. */
  readonly modelsDirectory?: string | undefined;
};

/**
 * Finds the base models. Those that are named one by one go before those of the directory.
 * @throws InputError for a directory that holds no model, and for two models of one name
 */
export async function findBaseModels({
  models = [],
  modelsDirectory,
}: BaseModelOptions): Promise<BaseModels> {
  const found = new Map<string, BaseModel>();
  for (const option of models) {
    const { name, directory } = namedModel(option);
    const model = await modelIn(directory);
    if (model === undefined)
      throw new InputError(
        `Cannot serve '${name}': '${directory}' holds no config.json; name a Hugging Face model directory`,
      );
    if (found.has(name))
      throw new InputError(`Cannot serve two models under the name '${name}'; give one another name`);
    found.set(name, model);
  }
  if (modelsDirectory === undefined) return found;
  for (const [name, model] of await modelsBelow(modelsDirectory))
    if (!found.has(name)) found.set(name, model);
  return found;
}

function namedModel(option: string): { readonly name: string; readonly directory: string } {
  const [, name, directory] = /^([^=]+)=(.+)$/.exec(option) ?? [];
  const path = resolve(directory ?? option);
  const model = { name: name ?? basename(path), directory: path };
  if (/^(ft|registry):/.test(model.name) || /[\s%?#]/.test(model.name))
    throw new InputError(
      `Cannot serve a base model under the name '${model.name}': names have no spaces, none of % ? #, and do not begin with ft: or registry:`,
    );
  return model;
}

async function modelsBelow(root: string): Promise<[string, BaseModel][]> {
  const models: [string, BaseModel][] = [];
  for (const name of await directoriesIn(root)) {
    const model = await modelIn(join(root, name));
    if (model !== undefined) {
      models.push([name, model]);
      continue;
    }
    for (const inner of await directoriesIn(join(root, name))) {
      const one = await modelIn(join(root, name, inner));
      if (one !== undefined) models.push([`${name}/${inner}`, one]);
    }
  }
  return models;
}

async function directoriesIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
    return folders.map(({ name }) => name).sort();
  } catch (error) {
    throw fileError(`Cannot read the directory of models '${path}'`, error);
  }
}

async function modelIn(directory: string): Promise<BaseModel | undefined> {
  const config = await stat(join(directory, 'config.json')).catch(() => undefined);
  if (config?.isFile() !== true) return undefined;
  return { directory: resolve(directory), createdAt: Math.floor(config.mtimeMs / 1000) };
}
