// One process at a time in a run's directory.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, isSystemError } from '../../core/index.ts';

/** A process that was killed may live a moment longer, in the middle of a step. */
const patience = 5000;
const pause = 50;

type Holder = { readonly pid: number; readonly host: string };

/**
 * Takes the lock file; waits a little for another holder to end. A lock whose process is gone is taken over.
 * @returns gives the lock back
 * @throws InputError naming the process that works there
 */
export async function lockRun(path: string, directory: string): Promise<() => void> {
  const mine: Holder = { pid: process.pid, host: hostname() };
  for (const end = Date.now() + patience; ; await sleep(pause)) {
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true });
    if (tryTake(path, mine)) return () => rmSync(path, { force: true });
    if (Date.now() < end || holder === undefined) continue;
    throw new InputError(
      `Cannot use output '${directory}': process ${holder.pid} on ${holder.host} is training there; wait for it or stop it ` +
        `(if it is gone for certain, remove '${path}')`,
    );
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

/** Processes of other machines are taken to be alive: this one cannot see them. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}
