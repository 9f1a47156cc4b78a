// NVIDIA's accelerators, as `nvidia-smi` tells of them; a machine without that program is never asked.
import { findProgram, runProgram } from '../program.ts';

/** An accelerator; what the driver does not tell is absent. */
export type Gpu = {
  readonly index: number;
  readonly name: string;
  /** Bytes. */
  readonly memoryUsed?: number;
  readonly memoryTotal?: number;
  /** Per cent of the time in which it computed. */
  readonly utilization?: number;
  readonly powerWatts?: number;
  readonly powerLimitWatts?: number;
};

const fields = [
  'index',
  'memory.used',
  'memory.total',
  'utilization.gpu',
  'power.draw',
  'enforced.power.limit',
  'name',
];
const patienceMs = 5000;
const mebibyte = 2 ** 20;

/** The machine's accelerators; none where `nvidia-smi` is missing or does not answer. */
export async function queryGpus(signal?: AbortSignal): Promise<readonly Gpu[]> {
  const program = findProgram('nvidia-smi');
  if (program === undefined) return [];
  const args = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'];
  const output = await runProgram(program, args, { timeoutMs: patienceMs, ...(signal && { signal }) });
  return output?.status === 0 ? parseGpus(output.text) : [];
}

/** Reads lines such as `0, 1024, 81559, 37, 118.20, 700.00, NVIDIA H100`; `[N/A]` and the like are left out. */
export function parseGpus(text: string): Gpu[] {
  return text.split('\n').flatMap((line) => {
    const [index, used, total, utilization, power, limit, ...name] = line
      .split(',')
      .map((cell) => cell.trim());
    if (index === undefined || !/^\d+$/.test(index) || name.length === 0) return [];
    return [
      {
        index: Number(index),
        name: name.join(', '),
        ...numeric('memoryUsed', used, mebibyte),
        ...numeric('memoryTotal', total, mebibyte),
        ...numeric('utilization', utilization),
        ...numeric('powerWatts', power),
        ...numeric('powerLimitWatts', limit),
      },
    ];
  });
}

/** MLflow's metrics of the accelerators, without the `system/` before them. */
export function gpuMetrics(gpus: readonly Gpu[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { index, memoryUsed, memoryTotal, utilization, powerWatts, powerLimitWatts } of gpus) {
    const put = (name: string, value: number | undefined) => {
      if (value !== undefined) metrics[`gpu_${index}_${name}`] = value;
    };
    put('memory_usage_percentage', share(memoryUsed, memoryTotal));
    put('memory_usage_megabytes', memoryUsed === undefined ? undefined : memoryUsed / 1e6);
    put('utilization_percentage', utilization);
    put('power_usage_watts', powerWatts);
    put('power_usage_percentage', share(powerWatts, powerLimitWatts));
  }
  return metrics;
}

function share(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || !whole ? undefined : (100 * part) / whole;
}

function numeric<Name extends string>(
  name: Name,
  cell: string | undefined,
  unit = 1,
): Partial<Record<Name, number>> {
  const value = cell ? Number(cell) * unit : Number.NaN;
  const entry: Partial<Record<string, number>> = Number.isFinite(value) ? { [name]: value } : {};
  return entry;
}
