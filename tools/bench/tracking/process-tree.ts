// The processes that descend from one, and the memory they hold, as Linux tells them in /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** Megabytes (10^6 bytes). Resident counts a page once in each process that maps it, proportional once in all. */
export type TreeMemory = { readonly residentMb: number; readonly proportionalMb: number };

/** The process itself and all that descend from it, as far as they still live. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const pid of listProcesses()) {
    const parent = parentOf(pid);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Sums over the tree; undefined where there is no /proc. */
export function treeMemory(root: number): TreeMemory | undefined {
  const rollups = processTree(root).flatMap((pid) => readProcess(pid, 'smaps_rollup') ?? []);
  if (rollups.length === 0) return undefined;
  return { residentMb: sumOf(rollups, 'Rss'), proportionalMb: sumOf(rollups, 'Pss') };
}

function sumOf(rollups: readonly string[], field: string): number {
  const pattern = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm');
  return rollups.reduce((sum, text) => sum + (Number(pattern.exec(text)?.[1] ?? 0) * 1024) / 1e6, 0);
}

function listProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** The name in parentheses may hold anything, so the fields count from the last one. */
function parentOf(pid: number): number | undefined {
  const fields = readProcess(pid, 'stat')
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields === undefined ? undefined : Number(fields[1]);
}

/** Undefined once the process has gone. */
function readProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
