// Names of temporaries beside their targets, so that what a killed process left can be told from what is being written.
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError, isSystemError } from './file-error.ts';

const pattern = /^(.+)\.(tmp|old)-(\d+)-\d+$/;

const inUse = new Set<string>();
let counter = 0;

/** A new name beside `path`; held as in use until {@link releaseTemporary}. */
export function temporaryBeside(path: string, kind: 'tmp' | 'old'): string {
  counter += 1;
  const temporary = join(dirname(path), `${basename(path)}.${kind}-${process.pid}-${counter}`);
  inUse.add(temporary);
  return temporary;
}

/** Says that the temporary is gone, or is nobody's any more. */
export function releaseTemporary(temporary: string): void {
  inUse.delete(temporary);
}

/**
 * Removes what killed processes of this machine left half-written in a directory, and puts back a directory that one of them was
 * replacing. Temporaries of living processes stay. A directory that does not exist has none.
 *
 * @returns the names removed or put back
 */
export async function removeStaleTemporaries(directory: string): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const name of await names(directory)) {
    const [, target, kind, pid] = pattern.exec(name) ?? [];
    if (target === undefined || inUse.has(join(directory, name))) continue;
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
    await clear(join(directory, name), kind === 'old' ? join(directory, target) : undefined);
    stale.push(name);
  }
  return stale;
}

async function clear(temporary: string, displaced: string | undefined): Promise<void> {
  try {
    if (displaced !== undefined && !(await exists(displaced))) await rename(temporary, displaced);
    else await rm(temporary, { recursive: true, force: true });
  } catch (error) {
    throw fileError(`Cannot clear the unfinished '${temporary}'`, error);
  }
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw fileError(`Cannot list '${directory}'`, error);
  }
}

/** Whether a path leads to something. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}
