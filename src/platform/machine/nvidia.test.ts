// What `nvidia-smi` prints.
import { expect, test } from 'vitest';
import { gpuMetrics, parseGpus } from './nvidia.ts';

const printed = `0, 1000, 80000, 37, 118.20, 700.00, NVIDIA H100 80GB HBM3
1, [N/A], [N/A], [N/A], [Not Supported], [N/A], NVIDIA GeForce, old
`;

test('parseGpus() reads bytes, per cent and watts, and leaves out what the driver does not tell', () => {
  const mebibyte = 1_048_576;
  expect(parseGpus(printed)).toEqual([
    {
      index: 0,
      name: 'NVIDIA H100 80GB HBM3',
      memoryUsed: 1000 * mebibyte,
      memoryTotal: 80_000 * mebibyte,
      utilization: 37,
      powerWatts: 118.2,
      powerLimitWatts: 700,
    },
    { index: 1, name: 'NVIDIA GeForce, old' },
  ]);
  expect(parseGpus('No devices were found\n')).toEqual([]);
});

test("gpuMetrics() has MLflow's names", () => {
  const metrics = gpuMetrics(parseGpus(printed));
  expect(Object.keys(metrics)).toEqual([
    'gpu_0_memory_usage_percentage',
    'gpu_0_memory_usage_megabytes',
    'gpu_0_utilization_percentage',
    'gpu_0_power_usage_watts',
    'gpu_0_power_usage_percentage',
  ]);
  expect(metrics.gpu_0_memory_usage_percentage).toBe(1.25);
  expect(metrics.gpu_0_memory_usage_megabytes).toBe(1048.576);
  expect(metrics.gpu_0_power_usage_percentage).toBeCloseTo(16.886, 3);
});
