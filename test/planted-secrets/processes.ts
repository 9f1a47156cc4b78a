// Processes below another: what anybody on the machine can read of them.
import { readdirSync, readFileSync } from 'node:fs';

/** Arguments and first environment of a process. */
export type Seen = { readonly pid: number; readonly cmdline: string; readonly environ: string };

/** All processes below `root`. Linux only. */
export function processesBelow(root: number): readonly Seen[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(Number(name)) : undefined;
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow).map((pid) => ({
    ...{ pid, cmdline: read(`/proc/${pid}/cmdline`) },
    environ: read(`/proc/${pid}/environ`),
  }));
}

function parentOf(pid: number): number | undefined {
  const [, parent] = /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`)) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

/** Empty for a process that has gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
