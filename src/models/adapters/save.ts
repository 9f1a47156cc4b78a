// Saves an adapter in PEFT's format, whole or not at all.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { fileError, InputError, isSystemError, replaceDirectoryAtomic } from '../../core/index.ts';
import { writeSafetensors } from '../../engine/index.ts';
import type { AdaptableModel, LoraConfig } from './lora-config.ts';
import { loraParameters } from './lora-parameters.ts';
import { formatPeftConfig } from './peft-config.ts';

/** What is saved. */
export type SaveAdapterOptions = {
  readonly model: AdaptableModel;
  readonly config: LoraConfig;
  /** The values of a parameter, by PEFT's name; asked for one after the other while writing. */
  readonly parameters: (name: string) => Float32Array | Promise<Float32Array>;
  /** Path or name under which readers find the base model. */
  readonly baseModel?: string;
  /** Content by file name: a tokenizer, a chat template, a model card. */
  readonly extraFiles?: Readonly<Record<string, string | Uint8Array>>;
  /** Replaces an adapter that is there already; without it, a directory that is not empty is refused. */
  readonly replace?: boolean;
};

/**
 * Saves an adapter so that PEFT, vLLM and {@link openAdapter} read it: `adapter_config.json`,
 * `adapter_model.safetensors` (F32) and the extra files. After any error, what was there before is still there.
 * @throws InputError when the directory is in use for something else, ResourceError when the machine refuses
 */
export async function saveAdapter(directory: string, options: SaveAdapterOptions): Promise<void> {
  const { model, config, parameters, baseModel, extraFiles = {} } = options;
  const specs = loraParameters(model, config);
  checkFileNames(Object.keys(extraFiles));
  await checkTarget(directory, options.replace ?? false);
  await replaceDirectoryAtomic(directory, async (temporary) => {
    const json = JSON.stringify(formatPeftConfig({ config, baseModel }, model), null, 2);
    await writeFile(join(temporary, 'adapter_config.json'), `${json}\n`);
    await writeSafetensors(
      join(temporary, 'adapter_model.safetensors'),
      specs.map(({ name, shape }) => ({ name, shape, dtype: 'F32', data: () => parameters(name) })),
      // PEFT reads one file only.
      { maxShardBytes: Infinity },
    );
    for (const [name, content] of Object.entries(extraFiles)) {
      await mkdir(dirname(join(temporary, name)), { recursive: true });
      await writeFile(join(temporary, name), content);
    }
  });
}

function checkFileNames(names: readonly string[]): void {
  const wrong = names.find(
    (name) =>
      isAbsolute(name) || name.split(/[/\\]/).includes('..') || /^adapter_(config|model)\./.test(name),
  );
  if (wrong !== undefined)
    throw new TypeError(`Cannot save '${wrong}' beside the adapter: the name leads elsewhere or is taken`);
}

async function checkTarget(directory: string, replace: boolean): Promise<void> {
  const names = await readdir(directory).catch((error: unknown): string[] => {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(`Cannot save the adapter to '${directory}'`, error);
  });
  const adapter = names.includes('adapter_config.json') && !names.includes('config.json');
  if (names.length === 0 || (replace && adapter)) return;
  const reason = adapter ? 'it holds an adapter already' : 'it is not empty and holds no adapter alone';
  throw new InputError(
    `Cannot save the adapter to '${directory}': ${reason}; choose another directory or remove it`,
  );
}
