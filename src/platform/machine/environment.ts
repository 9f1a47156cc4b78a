// What a run's numbers were made on, for its record: nothing of it is secret, and nothing comes from the values of environment variables.
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { detectPlatform, type PlatformName } from '../detect-platform.ts';
import { readContainerLimits } from './container-limits.ts';
import { queryGpus } from './nvidia.ts';
import { packageVersions } from './package-versions.ts';

/** The machine and the software that a run had. As JSON it is the same text each time. */
export type Environment = {
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly platform: PlatformName;
  readonly system: { readonly name: string; readonly release: string; readonly arch: string };
  /** `cores` that the process may use; `limit`: the container's, in cores. */
  readonly cpu: { readonly model: string; readonly cores: number; readonly limit?: number };
  /** Bytes; `limit`: the container's. */
  readonly memory: { readonly total: number; readonly limit?: number };
  /** Names of the NVIDIA accelerators. */
  readonly gpus: readonly string[];
};

/** Describes the machine and the software. */
export async function environment(): Promise<Environment> {
  const [packages, gpus] = await Promise.all([packageVersions(), queryGpus()]);
  const limits = readContainerLimits();
  const memoryLimit =
    limits.memory !== undefined && limits.memory.amount < totalmem() ? limits.memory : undefined;
  return {
    node: process.versions.node,
    packages,
    platform: detectPlatform().name,
    system: { name: process.platform, release: release(), arch: process.arch },
    cpu: {
      model: cpus()[0]?.model.replace(/\s+/g, ' ').trim() || 'unknown',
      cores: availableParallelism(),
      ...(limits.cpu && { limit: limits.cpu.amount }),
    },
    memory: { total: totalmem(), ...(memoryLimit && { limit: memoryLimit.amount }) },
    gpus: gpus.map(({ name }) => name),
  };
}
