// What the process's control group (a container, a service) allows: processor time and memory, in both versions of Linux's control groups.
import { dirname, join } from 'node:path/posix';
import { readField, readSystemFile, readSystemNumber } from './system-files.ts';

/** A limit, and the control group that has it. */
export type Limit = {
  /** Cores, or bytes. */
  readonly amount: number;
  /** Directory of the group, below the root. */
  readonly group: string;
  readonly version: 1 | 2;
};

/** Limits of the process; absent where there is none. */
export type ContainerLimits = { readonly cpu?: Limit; readonly memory?: Limit };

const mount = '/sys/fs/cgroup';
/** Version 1 says "no limit" with the largest number of pages. */
const unlimitedBytes = 2 ** 60;

/** Reads the tightest limits on the way from the process's group to the root. None but Linux has them. */
export function readContainerLimits(root = '/'): ContainerLimits {
  const paths = groupPaths(root);
  const unified = ancestors(mount, paths.get(''));
  const cpu = tightest([
    ...unified.map((group) => newCpuLimit(root, group)),
    ...ancestors(join(mount, 'cpu'), paths.get('cpu')).map((group) => oldCpuLimit(root, group)),
  ]);
  const memory = tightest([
    ...unified.map((group) => newMemoryLimit(root, group)),
    ...ancestors(join(mount, 'memory'), paths.get('memory')).map((group) => oldMemoryLimit(root, group)),
  ]);
  return { ...(cpu && { cpu }), ...(memory && { memory }) };
}

/** Processor seconds that the limited group has used. */
export function usedCpuSeconds(root: string, { group, version }: Limit): number | undefined {
  if (version === 2) {
    const microseconds = readField(readSystemFile(root, join(group, 'cpu.stat')), 'usage_usec');
    return microseconds === undefined ? undefined : microseconds / 1e6;
  }
  const accounting = group.replace(join(mount, 'cpu'), join(mount, 'cpuacct'));
  const nanoseconds = readSystemNumber(root, join(accounting, 'cpuacct.usage'));
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}

/** Bytes that the limited group uses, without files that are only kept for the next reader. */
export function usedMemory(root: string, { group, version }: Limit): number | undefined {
  const [usage, cached] =
    version === 2
      ? (['memory.current', 'inactive_file'] as const)
      : (['memory.usage_in_bytes', 'total_inactive_file'] as const);
  const used = readSystemNumber(root, join(group, usage));
  if (used === undefined) return undefined;
  return Math.max(0, used - (readField(readSystemFile(root, join(group, 'memory.stat')), cached) ?? 0));
}

/** The process's group for each controller; version 2 has one for all, under ''. */
function groupPaths(root: string): Map<string, string> {
  const lines = (readSystemFile(root, '/proc/self/cgroup') ?? '').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      if (controllers === undefined || path === undefined) return [];
      // A group outside what this process can see is told as '/../..': what is mounted then is the process's own
      return controllers.split(',').map((name) => [name, path.includes('..') ? '/' : path] as const);
    }),
  );
}

/** The group's directory and those above it. */
function ancestors(base: string, path: string | undefined): string[] {
  if (path === undefined) return [];
  const group = path === '/' ? base : join(base, path);
  return group === base ? [base] : [group, ...ancestors(base, dirname(path))];
}

function tightest(limits: readonly (Limit | undefined)[]): Limit | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.reduce<Limit | undefined>(
    (least, limit) => (least !== undefined && least.amount <= limit.amount ? least : limit),
    undefined,
  );
}

function newCpuLimit(root: string, group: string): Limit | undefined {
  const [quota, period] = (readSystemFile(root, join(group, 'cpu.max')) ?? '').split(' ').map(Number);
  return quota && period ? { amount: quota / period, group, version: 2 } : undefined;
}

function oldCpuLimit(root: string, group: string): Limit | undefined {
  const quota = readSystemNumber(root, join(group, 'cpu.cfs_quota_us')) ?? -1;
  const period = readSystemNumber(root, join(group, 'cpu.cfs_period_us')) ?? -1;
  return quota > 0 && period > 0 ? { amount: quota / period, group, version: 1 } : undefined;
}

function newMemoryLimit(root: string, group: string): Limit | undefined {
  const amount = readSystemNumber(root, join(group, 'memory.max'));
  return amount === undefined ? undefined : { amount, group, version: 2 };
}

function oldMemoryLimit(root: string, group: string): Limit | undefined {
  const amount = readSystemNumber(root, join(group, 'memory.limit_in_bytes'));
  return amount === undefined || amount >= unlimitedBytes ? undefined : { amount, group, version: 1 };
}
