// How busy the processors are: the container's, where it has a limit, else the machine's.
import { cpus } from 'node:os';
import { type Limit, usedCpuSeconds } from './container-limits.ts';
import { readSystemFile } from './system-files.ts';

/** Processor time since some start: used, and the most that could have been, in one unit. */
export type CpuTime = { readonly busy: number; readonly capacity: number };

/**
 * Reads the processors' clocks.
 * @param limit the container's, in cores
 * @param seconds a clock that only goes forward, against which the limit counts
 */
export function readCpuTime(
  root: string,
  limit: Limit | undefined,
  seconds = performance.now() / 1000,
): CpuTime | undefined {
  const used = limit && usedCpuSeconds(root, limit);
  if (limit !== undefined && used !== undefined) return { busy: used, capacity: limit.amount * seconds };
  return linuxTime(root) ?? nodeTime();
}

/** Per cent of the time between two readings, as psutil counts; undefined when no time has passed. */
export function cpuUtilization(before: CpuTime | undefined, after: CpuTime | undefined): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const capacity = after.capacity - before.capacity;
  if (capacity <= 0) return undefined;
  return Math.min(100, Math.max(0, (100 * (after.busy - before.busy)) / capacity));
}

/** The first line of `/proc/stat`: user nice system idle iowait irq softirq steal guest guest_nice; guests are in user and nice already. */
function linuxTime(root: string): CpuTime | undefined {
  const line = readSystemFile(root, '/proc/stat')?.split('\n', 1)[0];
  if (line === undefined || !line.startsWith('cpu ')) return undefined;
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const capacity = times.reduce((sum, time) => sum + time, 0);
  const [idle = 0, waiting = 0] = times.slice(3, 5);
  return { busy: capacity - idle - waiting, capacity };
}

function nodeTime(): CpuTime | undefined {
  const times = cpus().map((cpu) => cpu.times);
  if (times.length === 0) return undefined;
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const busy = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0);
  return { busy, capacity: busy + idle };
}
