// Memory and processor time of a process and its descendants, as Linux accounts for them in /proc.
import { readFileSync } from 'node:fs';
import { processTree } from '../tracking/process-tree.ts';

/** Of Linux's accounts of processor time, everywhere. */
const ticksPerSecond = 100;

/** Megabytes (10^6 bytes): the sum of each living process's own peak; NaN where there is no /proc. */
export function peakMemory(root: number): number {
  const kilobytes = processTree(root).map((pid) =>
    Number(/^VmHWM:\s+(\d+) kB/m.exec(read(pid, 'status') ?? '')?.[1]),
  );
  return kilobytes.reduce((sum, peak) => sum + (peak * 1024) / 1e6, 0);
}

/** Seconds that each living process of the tree has computed, all its threads together. */
export function processorSeconds(root: number): ReadonlyMap<number, number> {
  const seconds = new Map<number, number>();
  for (const pid of processTree(root)) {
    const fields = read(pid, 'stat')
      ?.replace(/^.*\) /s, '')
      .split(' ');
    if (fields !== undefined) seconds.set(pid, (Number(fields[11]) + Number(fields[12])) / ticksPerSecond);
  }
  return seconds;
}

/** Undefined once the process has gone. */
function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
