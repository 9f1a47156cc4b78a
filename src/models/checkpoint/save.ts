// Saves a model as a Hugging Face directory, whole or not at all.
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { fileError, InputError, isSystemError, replaceDirectoryAtomic } from '../../core/index.ts';
import { writeSafetensors } from '../../engine/index.ts';
import { formatSpecialTokens, type JsonObject, type SpecialTokenIds } from '../config-json.ts';
import type { CausalModel } from '../model.ts';

/** What is saved, and how. */
export type SaveOptions = {
  readonly model: CausalModel;
  /** The values of a parameter; asked for one after the other while writing. */
  readonly parameters: (name: string) => Float32Array | Promise<Float32Array>;
  /** Stated in `config.json` and `generation_config.json`. */
  readonly tokens?: SpecialTokenIds;
  /** Further settings of `generation_config.json`. */
  readonly generationConfig?: JsonObject;
  /** How elements are stored; F32 by default. */
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** Size from which weights go to several files; 5 GB by default. */
  readonly maxShardBytes?: number;
  /** Content by file name: chat templates, model cards. */
  readonly extraFiles?: Readonly<Record<string, string | Uint8Array>>;
  /** Files to copy under their own names: a tokenizer's. */
  readonly copyFiles?: readonly string[];
  /** Replaces a model that is there already; without it, a directory that is not empty is refused. */
  readonly replace?: boolean;
};

const torchDtypes = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;

/**
 * Saves a model so that transformers, vLLM, llama.cpp and {@link openModel} read it: `config.json`,
 * `generation_config.json`, `model.safetensors` and the extra files. The directory appears when all is on disk;
 * after any error, what was there before is still there.
 * @throws InputError when the directory is in use for something else, ResourceError when the machine refuses
 */
export async function saveModel(directory: string, options: SaveOptions): Promise<void> {
  const { model, parameters, tokens = {}, dtype = 'F32' } = options;
  checkFileNames(options);
  await checkTarget(directory, options.replace ?? false);
  await replaceDirectoryAtomic(directory, async (temporary) => {
    await writeJson(temporary, 'config.json', model.formatConfig({ tokens, torchDtype: torchDtypes[dtype] }));
    await writeJson(temporary, 'generation_config.json', {
      ...options.generationConfig,
      ...formatSpecialTokens(tokens),
    });
    await writeSafetensors(
      join(temporary, 'model.safetensors'),
      model.parameters.map(({ name, shape }) => ({ name, shape, dtype, data: () => parameters(name) })),
      options.maxShardBytes === undefined ? {} : { maxShardBytes: options.maxShardBytes },
    );
    for (const [name, content] of Object.entries(options.extraFiles ?? {})) {
      await mkdir(dirname(join(temporary, name)), { recursive: true });
      await writeFile(join(temporary, name), content);
    }
    for (const file of options.copyFiles ?? [])
      await copyFile(file, join(temporary, basename(file))).catch((error: unknown) => {
        throw fileError(`Cannot copy '${file}' to the saved model`, error);
      });
  });
}

function checkFileNames({ extraFiles = {}, copyFiles = [] }: SaveOptions): void {
  const names = [...Object.keys(extraFiles), ...copyFiles.map((file) => basename(file))];
  const own = /^(config\.json|generation_config\.json|model.*\.safetensors.*)$/;
  const wrong = names.find((name, i) => !isInside(name) || own.test(name) || names.indexOf(name) < i);
  if (wrong !== undefined)
    throw new TypeError(
      `Cannot save '${wrong}' beside the model: the name leads elsewhere, is taken, or given twice`,
    );
}

/** Whether a relative path stays below its directory. */
function isInside(name: string): boolean {
  return !isAbsolute(name) && !name.split(/[/\\]/).includes('..');
}

async function checkTarget(directory: string, replace: boolean): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return;
    throw fileError(`Cannot save the model to '${directory}'`, error);
  }
  if (names.length === 0 || (replace && names.includes('config.json'))) return;
  const reason = names.includes('config.json')
    ? 'it holds a model already'
    : 'it is not empty and holds no model';
  throw new InputError(
    `Cannot save the model to '${directory}': ${reason}; choose another directory or remove it`,
  );
}

async function writeJson(directory: string, name: string, value: JsonObject): Promise<void> {
  await writeFile(join(directory, name), `${JSON.stringify(value, null, 2)}\n`);
}
