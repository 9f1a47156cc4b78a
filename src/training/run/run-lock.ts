// One process at a time in a run's directory.
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, isSystemError } from '../../core/index.ts';

/** A process that was killed may live a moment longer, in the middle of a step. In ms. */
const usualPatience = 5000;
const pause = 50;
/** Who holds a lock touches it so often, and who has not for so long is gone: other machines cannot see the process itself. */
const touchEvery = 10_000;
const untouchedLimit = 60_000;

/** `started` tells a process from a later one of the same number; only where the system tells it. */
type Holder = { readonly pid: number; readonly host: string; readonly started?: string };

/**
 * Takes the lock file; waits a little for another holder to end. A lock whose process is gone is taken over.
 * @returns gives the lock back
 * @throws InputError naming the process that works there
 */
export async function lockRun(
  path: string,
  directory: string,
  { patience = usualPatience }: { readonly patience?: number } = {},
): Promise<() => void> {
  const started = startOf(process.pid);
  const mine: Holder = { pid: process.pid, host: hostname(), ...(started !== undefined && { started }) };
  for (const end = Date.now() + patience; ; await sleep(pause)) {
    const holder = readHolder(path);
    if (isAbandoned(path, holder)) rmSync(path, { force: true });
    if (tryTake(path, mine)) return hold(path);
    if (Date.now() < end || holder === undefined) continue;
    throw new InputError(
      `Cannot use output '${directory}': process ${holder.pid} on ${holder.host} is training there; wait for it or stop it ` +
        `(if it is gone for certain, remove '${path}')`,
    );
  }
}

/** @returns gives the lock back */
function hold(path: string): () => void {
  const touching = setInterval(() => touch(path), touchEvery).unref();
  return () => {
    clearInterval(touching);
    rmSync(path, { force: true });
  };
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Removed by hand, or a disk that takes nothing now: the work goes on
  }
}

function tryTake(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    // Not there, or just being written
    return undefined;
  }
}

function isAbandoned(path: string, holder: Holder | undefined): boolean {
  // Its process may have been killed before it had written who it is
  if (holder === undefined) return untouchedFor(path) > usualPatience;
  if (holder.host !== hostname()) return untouchedFor(path) > untouchedLimit;
  return !isAlive(holder);
}

/** Milliseconds; 0 where there is no file. */
function untouchedFor(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0 : Date.now() - stats.mtimeMs;
}

function isAlive({ pid, started }: Holder): boolean {
  const now = startOf(pid);
  if (started !== undefined && now !== undefined && now !== started) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}

/** When a process was started, in the system's own count; undefined where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything, so the fields count from the last one
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
