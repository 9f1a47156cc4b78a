// Node, processor, memory, environment.
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { type Finding, formatBytes, gigabyte } from './finding.ts';

/** The oldest Node that runs the sources and has all that is used. */
const oldestNode = [22, 18] as const;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const found = { name: 'Node', detail: `${version}, ${process.platform}-${process.arch}` };
  if (isNew) return { ...found, status: 'ok' };
  return {
    ...found,
    status: 'fault',
    remedy: `install Node ${oldestNode.join('.')} or newer: https://nodejs.org`,
  };
}

/** Cores, vector instructions, and a container's limit on processor time. */
export async function checkProcessor(): Promise<Finding[]> {
  const cores = availableParallelism();
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const features = await vectorFeatures();
  const name = 'processor';
  const detail = `${model}, ${cores} threads${features.length === 0 ? '' : `, ${features.join(' ')}`}`;
  const isSlow = process.arch === 'x64' && process.platform === 'linux' && !features.includes('avx2');
  const remedy =
    'without AVX2 training is several times slower; use another machine, or another type of virtual machine';
  const quota = await processorQuota();
  return [
    isSlow ? { name, status: 'warning', detail, remedy } : { name, status: 'ok', detail },
    ...(quota === undefined ? [] : [quotaFinding(quota, cores)]),
  ];
}

/** A runtime with more threads than the container may use spends its time waiting. */
export function quotaFinding(quota: number, cores: number): Finding {
  const detail = `the container may use ${+quota.toFixed(2)} of ${cores} threads`;
  if (quota >= cores - 0.01) return { name: 'processor limit', status: 'ok', detail };
  const threads = Math.max(1, Math.floor(quota));
  return { name: 'processor limit', status: 'warning', detail, remedy: `train with threads=${threads}` };
}

async function vectorFeatures(): Promise<string[]> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = new Set((/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? '').trim().split(/\s+/));
  const told = ['avx2', 'fma', 'avx512f', 'avx512_bf16', 'amx_bf16', 'asimd', 'sve', 'bf16'];
  return told.filter((flag) => flags.has(flag));
}

/** Processors that the control group allows; undefined where there is no limit. */
async function processorQuota(): Promise<number | undefined> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const [quota, period] = (await read('/sys/fs/cgroup/cpu.max')).trim().split(' ').map(Number);
  if (quota && period) return quota / period;
  const old = Number(await read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'));
  const oldPeriod = Number(await read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'));
  return old > 0 && oldPeriod > 0 ? old / oldPeriod : undefined;
}

/** Memory of the machine or of the container, whichever is less. */
export function checkMemory(
  available = process.availableMemory(),
  limit = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
): Finding {
  const limited =
    limit < totalmem() ? ` (this container's limit; the machine has ${formatBytes(totalmem())})` : '';
  const detail = `${formatBytes(available)} free of ${formatBytes(limit)}${limited}`;
  const name = 'memory';
  if (available >= 2 * gigabyte) return { name, status: 'ok', detail };
  const status = available < gigabyte / 2 ? 'fault' : 'warning';
  const remedy =
    'a full run takes about 16 bytes a parameter and its activations: close programs, or train with lora, a smaller batch_size, recompute=true';
  return { name, status, detail, remedy };
}

/** Settings of the environment that slow training or break it. */
export function checkEnvironment(environment: NodeJS.ProcessEnv = process.env): Finding[] {
  const findings: Finding[] = [];
  const warn = (name: string, detail: string, remedy: string) =>
    findings.push({ name, status: 'warning', detail, remedy });
  if (environment.LD_PRELOAD)
    warn(
      'LD_PRELOAD',
      environment.LD_PRELOAD,
      'unset it if runs end without an error or are slow: it replaces parts of the system',
    );
  if (environment.MALLOC_ARENA_MAX || environment.MALLOC_TRIM_THRESHOLD_)
    warn('allocator', 'MALLOC_ settings are in the environment', 'unset them: `hone train` sets its own');
  if (environment.HONE_TUNED)
    warn(
      'HONE_TUNED',
      `is ${environment.HONE_TUNED}`,
      'unset it: with it `hone train` leaves the allocator as it is, and is slower',
    );
  if (/--max-old-space-size|--jitless/.test(environment.NODE_OPTIONS ?? ''))
    warn(
      'NODE_OPTIONS',
      environment.NODE_OPTIONS ?? '',
      'unset it unless you need it: it limits or slows Node',
    );
  return findings;
}
