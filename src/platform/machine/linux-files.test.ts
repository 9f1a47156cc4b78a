// What Linux says of a machine and its control groups, from files as machines of several kinds have them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readContainerLimits, usedCpuSeconds, usedMemory } from './container-limits.ts';
import { cpuUtilization, readCpuTime } from './cpu.ts';
import { readMemory } from './memory.ts';
import { readNetwork } from './network.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hone-machine-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
}

const group = 'sys/fs/cgroup';

test('readContainerLimits() knows none without control groups, and none where they say max', () => {
  expect(readContainerLimits(root)).toEqual({});
  write({
    'proc/self/cgroup': '0::/',
    [`${group}/cpu.max`]: 'max 100000',
    [`${group}/memory.max`]: 'max',
  });
  expect(readContainerLimits(root)).toEqual({});
});

test('readContainerLimits() takes the tightest limit on the way to the root (version 2)', () => {
  write({
    'proc/self/cgroup': '0::/work.slice/job.scope',
    [`${group}/work.slice/job.scope/cpu.max`]: '400000 100000',
    [`${group}/work.slice/job.scope/memory.max`]: '1000',
    [`${group}/work.slice/job.scope/memory.current`]: '900',
    [`${group}/work.slice/job.scope/memory.stat`]: 'anon 500\ninactive_anon 7\ninactive_file 300',
    [`${group}/work.slice/cpu.max`]: '150000 100000',
    [`${group}/work.slice/cpu.stat`]: 'nr_periods 1\nusage_usec 2500000\nuser_usec 1',
    [`${group}/work.slice/memory.max`]: '2000',
  });
  const { cpu, memory } = readContainerLimits(root);
  expect(cpu).toEqual({ amount: 1.5, group: '/sys/fs/cgroup/work.slice', version: 2 });
  expect(memory).toEqual({ amount: 1000, group: '/sys/fs/cgroup/work.slice/job.scope', version: 2 });
  expect(cpu && usedCpuSeconds(root, cpu)).toBe(2.5);
  expect(memory && usedMemory(root, memory)).toBe(600);
});

test('readContainerLimits() reads version 1, also of a group that is mounted as the root', () => {
  write({
    'proc/self/cgroup': '9:name=systemd:/\n4:memory:/docker/f00\n2:cpu,cpuacct:/docker/f00',
    [`${group}/cpu/cpu.cfs_quota_us`]: '50000',
    [`${group}/cpu/cpu.cfs_period_us`]: '100000',
    [`${group}/cpuacct/cpuacct.usage`]: '3000000000',
    [`${group}/memory/memory.limit_in_bytes`]: '4000',
    [`${group}/memory/memory.usage_in_bytes`]: '3000',
    [`${group}/memory/memory.stat`]: 'inactive_file 5\ntotal_inactive_file 1000',
  });
  const { cpu, memory } = readContainerLimits(root);
  expect([cpu?.amount, memory?.amount]).toEqual([0.5, 4000]);
  expect(cpu && usedCpuSeconds(root, cpu)).toBe(3);
  expect(memory && usedMemory(root, memory)).toBe(2000);
  write({
    [`${group}/cpu/cpu.cfs_quota_us`]: '-1',
    [`${group}/memory/memory.limit_in_bytes`]: '9223372036854771712',
  });
  expect(readContainerLimits(root)).toEqual({});
});

test('readContainerLimits() stays below the mount for a group that lies outside', () => {
  write({ 'proc/self/cgroup': '0::/../../other', [`${group}/memory.max`]: '5' });
  expect(readContainerLimits(root).memory).toEqual({ amount: 5, group: '/sys/fs/cgroup', version: 2 });
});

test('cpuUtilization() of a machine leaves idle and waiting out, and counts guests once', () => {
  write({ 'proc/stat': 'cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1' });
  const before = readCpuTime(root, undefined);
  expect(before).toEqual({ busy: 200, capacity: 1000 });
  write({ 'proc/stat': 'cpu  130 0 100 750 120 0 0 0 80 0' });
  expect(cpuUtilization(before, readCpuTime(root, undefined))).toBe(30);
  expect(cpuUtilization(before, before)).toBeUndefined();
});

test('cpuUtilization() of a container is of its quota', () => {
  const limit = { amount: 2, group: '/sys/fs/cgroup', version: 2 } as const;
  write({ [`${group}/cpu.stat`]: 'usage_usec 1000000' });
  const before = readCpuTime(root, limit, 10);
  write({ [`${group}/cpu.stat`]: 'usage_usec 2500000' });
  expect(cpuUtilization(before, readCpuTime(root, limit, 11))).toBe(75);
  expect(cpuUtilization(before, readCpuTime(root, limit, 10.5))).toBe(100);
});

test('readMemory() is the machine, or the container where that has less', () => {
  write({
    'proc/meminfo': 'MemTotal:       1000 kB\nMemFree:  10 kB\nMemAvailable:    400 kB',
    [`${group}/memory.current`]: '1024',
  });
  const limit = { group: '/sys/fs/cgroup', version: 2 } as const;
  const machine = { used: 600 * 1024, total: 1000 * 1024 };
  expect(readMemory(root, undefined)).toEqual(machine);
  expect(readMemory(root, { ...limit, amount: 10_240 })).toEqual({ used: 1024, total: 10_240 });
  expect(readMemory(root, { ...limit, amount: 2 ** 40 })).toEqual(machine);
});

test('readNetwork() sums all interfaces', () => {
  expect(readNetwork(root)).toBeUndefined();
  write({
    'proc/net/dev': [
      'Inter-|   Receive                            |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes packets errs',
      '    lo:     100      58    0    0    0     0          0         0        7      58    0',
      '  eth0:8240136987  172712    0    0    0     0          0         0  9486596  109957    0',
    ].join('\n'),
  });
  expect(readNetwork(root)).toEqual({ received: 8_240_137_087, sent: 9_486_603 });
});
