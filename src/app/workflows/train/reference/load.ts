// Composes and checks a configuration of the reference trainer's shape: Hone's copy of the tree, or a directory of the user's.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../../../core/index.ts';
import {
  type ComposedConfig,
  composeConfig,
  formatConfig,
  type Resolvers,
  validateConfig,
} from '../../../../workspace/index.ts';
import { checkReferenceConfig, type ReferenceConfig, referenceSchema } from './schema.ts';

/** Where the configuration comes from. */
export type ReferenceSource = {
  /** Directory of the tree; Hone's own by default. */
  readonly configPath?: string;
  /** Its primary file, without ending: `config`, or of Hone's own `service`, the DPO service's. @default 'config' */
  readonly configName?: string;
  /** `key=value` as Hydra takes it, in order. */
  readonly overrides?: readonly string[];
};

/** Hone's copy of the tree. */
export const referenceConfigDirectory = fileURLToPath(new URL('./config/', import.meta.url));

/** The tree as composed, every fault in it told. */
export async function loadReferenceConfig(source: ReferenceSource = {}): Promise<ReferenceConfig> {
  const config = validateConfig(referenceSchema, await composeReference(source));
  checkReferenceConfig(config);
  return config;
}

/** The tree, not yet checked. */
export async function composeReference({
  configPath = referenceConfigDirectory,
  configName = 'config',
  overrides = [],
}: ReferenceSource): Promise<ComposedConfig> {
  const file = [`${configName}.yaml`, `${configName}.yml`, configName]
    .map((name) => join(configPath, name))
    .find((path) => existsSync(path));
  if (file === undefined)
    throw new InputError(
      `Cannot find configuration '${configName}' in '${configPath}'; name its directory by --config-path and the file by --config-name`,
    );
  return composeConfig({ file, overrides, resolvers: runDirectoryResolver(new Date()) });
}

/** The tree as YAML that composes to itself. */
export function formatReferenceConfig(config: ReferenceConfig): string {
  return formatConfig(config);
}

/** `get_local_run_dir`: the first directory that exists, or the last; in it the user's, and in that the run's by name and time. */
function runDirectoryResolver(now: Date): Resolvers {
  return {
    get_local_run_dir: (name, directories) => {
      const listed = Array.isArray(directories) ? directories.map(String) : [];
      const scratch = listed.find((directory) => existsSync(directory)) ?? listed.at(-1);
      if (scratch === undefined)
        throw new InputError('no directory is listed; give local_dirs=[.cache], for example');
      return `${scratch}/${userName()}/${String(name)}_${timestamp(now)}`;
    },
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name
    return 'user';
  }
}

/** `2026-05-17_09-03-05_123000`: local time, microseconds at the end. */
function timestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('-');
  return `${date}_${time}_${String(now.getMilliseconds()).padStart(3, '0')}000`;
}
