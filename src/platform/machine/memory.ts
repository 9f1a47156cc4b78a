// How much memory is in use: the container's, where it has a limit, else the machine's.
import { freemem, totalmem } from 'node:os';
import { type Limit, usedMemory } from './container-limits.ts';
import { readField, readSystemFile } from './system-files.ts';

/** Bytes. */
export type MemoryUse = { readonly used: number; readonly total: number };

/** What is used of what the process may use; memory that the system would give back when asked counts as free. */
export function readMemory(root: string, limit: Limit | undefined): MemoryUse {
  const machine = linuxMemory(root) ?? { used: totalmem() - freemem(), total: totalmem() };
  if (limit === undefined || limit.amount >= machine.total) return machine;
  const used = usedMemory(root, limit);
  return used === undefined ? machine : { used, total: limit.amount };
}

function linuxMemory(root: string): MemoryUse | undefined {
  const text = readSystemFile(root, '/proc/meminfo');
  const total = readField(text, 'MemTotal');
  const available = readField(text, 'MemAvailable');
  if (total === undefined || available === undefined) return undefined;
  return { used: (total - available) * 1024, total: total * 1024 };
}
