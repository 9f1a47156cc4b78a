// One process at a time sends a spool: two would overtake each other, and the older status of a run would come last.
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isSystemError, ResourceError } from '../../core/index.ts';

type Holder = { readonly pid: number; readonly host: string };

/** A holder touches its lock this often; it may be held up by a training step. */
const touchEveryMs = 20_000;
/** A lock that was not touched for so long is nobody's: its holder was on another machine, or its number was given again. */
const staleAfterMs = 15 * 60_000;

/**
 * Takes the lock file; that of a process that is gone is taken over.
 * @returns gives it back
 * @throws ResourceError while another process holds it
 */
export function lockSender(path: string): () => void {
  const holder = readHolder(path);
  if (holder !== undefined && !isAlive(holder, path)) rmSync(path, { force: true });
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
    const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
    throw new ResourceError(`Cannot send the record: ${who} is sending it`);
  }
  const timer = setInterval(() => touch(path), touchEveryMs).unref();
  return () => {
    clearInterval(timer);
    rmSync(path, { force: true });
  };
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // The directory was removed; the next delivery will say so
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

function isAlive({ pid, host }: Holder, path: string): boolean {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  if (Date.now() - mtimeMs > staleAfterMs) return false;
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}
