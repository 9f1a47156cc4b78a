// The most memory that a process and its descendants have held, as Linux remembers it in /proc.
import { readFileSync } from 'node:fs';
import { processTree } from '../tracking/process-tree.ts';

/** Megabytes (10^6 bytes): the sum of each living process's own peak; NaN where there is no /proc. */
export function peakMemory(root: number): number {
  const peaks = processTree(root).map(peakOf);
  return peaks.length === 0 ? Number.NaN : peaks.reduce((sum, peak) => sum + peak, 0);
}

function peakOf(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kilobytes) * 1024) / 1e6;
  } catch {
    return Number.NaN;
  }
}
