// Where the process runs: on a machine of its user's, or in a service that keeps files in a place of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Places that Hone knows. */
export type PlatformName = 'local' | 'colab' | 'kaggle' | 'azure';

/** Where the process runs. */
export type DetectedPlatform = {
  readonly name: PlatformName;
  /** The directory whose files outlast the machine, or that the service collects; absent where any directory does. */
  readonly outputs?: string;
};

/** Where to look, for a system that is mounted elsewhere. */
export type DetectOptions = { readonly env?: NodeJS.ProcessEnv; readonly root?: string };

/** Tells where the process runs from what the services set in the environment (their presence, not their values) and their folders. */
export function detectPlatform({ env = process.env, root = '/' }: DetectOptions = {}): DetectedPlatform {
  const isSet = (...names: readonly string[]) => names.some((name) => env[name] !== undefined);
  const has = (path: string) => existsSync(join(root, path));
  if (isSet('COLAB_GPU', 'COLAB_TPU', 'COLAB_RELEASE_TAG')) {
    const drive = '/content/drive/MyDrive';
    return { name: 'colab', outputs: has(drive) ? drive : '/content' };
  }
  if (isSet('KAGGLE_KERNEL_RUN_TYPE') || has('/kaggle/working')) {
    return { name: 'kaggle', outputs: '/kaggle/working' };
  }
  if (isSet('AZURE_ML_RUN_ID', 'AZURE_ML_OUTPUT_DIR', 'AZUREML_RUN_ID')) {
    const outputs = env.AZURE_ML_OUTPUT_DIR;
    return { name: 'azure', ...(outputs && { outputs }) };
  }
  return { name: 'local' };
}
