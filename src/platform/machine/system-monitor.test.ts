// The monitor beside a run: what it tells, when it ends, and that it troubles nobody.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { averaged, SystemMonitor } from './system-monitor.ts';
import { SystemSampler } from './system-sampler.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-monitor-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

test("SystemMonitor tells the machine in MLflow's names, and is silent after stop()", async () => {
  const told: { metrics: ReadonlyMap<string, number>; at: number }[] = [];
  const onSample = (metrics: ReadonlyMap<string, number>, at: number) => void told.push({ metrics, at });
  const monitor = new SystemMonitor({ intervalSeconds: 0.02, directory, onSample });
  const begun = Date.now();
  monitor.start();
  monitor.start();
  await until(() => told.length >= 2);
  await monitor.stop();
  await monitor.stop();
  const count = told.length;
  await sleep(60);
  expect(told).toHaveLength(count);
  const { metrics, at } = told.at(-1) ?? { metrics: new Map(), at: 0 };
  expect(at).toBeGreaterThanOrEqual(begun);
  for (const name of [
    'system_memory_usage_megabytes',
    'system_memory_usage_percentage',
    'process_memory_megabytes',
    'disk_usage_megabytes',
    'disk_available_megabytes',
  ])
    expect(metrics.get(`system/${name}`), name).toBeGreaterThan(0);
  expect(metrics.get('system/process_cpu_percentage')).toBeGreaterThanOrEqual(0);
  for (const [name, value] of metrics) {
    expect(name).toMatch(/^system\/[\w]+$/);
    if (name.endsWith('usage_percentage')) expect(value, name).toBeLessThanOrEqual(100);
  }
});

test('SystemMonitor takes a last sample at stop(), so that a short run has one', async () => {
  const told: ReadonlyMap<string, number>[] = [];
  const monitor = new SystemMonitor({
    intervalSeconds: 3600,
    samplesBeforeLogging: 5,
    onSample: (metrics) => void told.push(metrics),
  });
  await monitor.stop();
  expect(told).toHaveLength(0);
  monitor.start();
  await monitor.stop();
  expect(told).toHaveLength(1);
});

test.each([
  [
    'throws',
    () => {
      throw new Error('the tracker is down');
    },
  ],
  ['rejects', () => Promise.reject(new Error('the tracker is down'))],
  ['never ends', () => new Promise(() => {})],
])('SystemMonitor goes on with a listener that %s', async (_, fail) => {
  let calls = 0;
  const onSample = () => {
    calls += 1;
    return fail();
  };
  const monitor = new SystemMonitor({ intervalSeconds: 0.01, onSample });
  monitor.start();
  await until(() => calls >= 2);
  await monitor.stop();
});

test('SystemMonitor does not keep a process alive', () => {
  const script = `
    import { SystemMonitor } from ${JSON.stringify(new URL('./system-monitor.ts', import.meta.url).href)};
    new SystemMonitor({ intervalSeconds: 3600, onSample() {} }).start();`;
  const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', script];
  const { status, stderr } = spawnSync(process.execPath, args, { timeout: 20_000, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 3e6])(
  'SystemMonitor refuses every %d seconds',
  (seconds) => {
    const options = { intervalSeconds: seconds, onSample: () => undefined };
    expect(() => new SystemMonitor(options)).toThrow(`every ${seconds} seconds`);
  },
);

test('SystemMonitor refuses the mean of no samples', () => {
  const options = { intervalSeconds: 1, samplesBeforeLogging: 0, onSample: () => undefined };
  expect(() => new SystemMonitor(options)).toThrow('mean of 0 samples; give a whole number from 1');
});

test('averaged() is the mean of the samples that have the metric, and the last of traffic', () => {
  const samples = [
    { cpu: 10, network_receive_megabytes: 1.234 },
    { cpu: 10.5, network_receive_megabytes: 2.345, gpu_0_power_usage_watts: 7 },
  ];
  expect(Object.fromEntries(averaged(samples))).toEqual({
    'system/cpu': 10.3,
    'system/network_receive_megabytes': 2.345,
    'system/gpu_0_power_usage_watts': 7,
  });
});

test.skipIf(process.platform === 'win32')(
  'SystemSampler asks nvidia-smi where there is one, rarely',
  async () => {
    const log = join(directory, 'calls');
    const program = `#!/bin/sh\necho called >> '${log}'\necho '0, 500, 1000, 50, 100, 200, Some GPU'\n`;
    writeFileSync(join(directory, 'nvidia-smi'), program);
    chmodSync(join(directory, 'nvidia-smi'), 0o755);
    const { PATH } = process.env;
    process.env.PATH = `${directory}${delimiter}${PATH}`;
    try {
      const sampler = new SystemSampler();
      expect(await sampler.sample()).toMatchObject({
        gpu_0_memory_usage_percentage: 50,
        gpu_0_utilization_percentage: 50,
        gpu_0_power_usage_percentage: 50,
      });
      expect(await sampler.sample()).not.toHaveProperty('gpu_0_utilization_percentage');
      expect(readFileSync(log, 'utf8')).toBe('called\n');
    } finally {
      process.env.PATH = PATH;
    }
  },
);

test('SystemSampler leaves out the disk that it cannot find', async () => {
  const sample = await new SystemSampler({ directory: join(directory, 'missing') }).sample();
  expect(Object.keys(sample).filter((name) => name.startsWith('disk'))).toEqual([]);
  expect(sample).toHaveProperty('process_memory_megabytes');
});
