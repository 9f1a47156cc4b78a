// Directories that runs write to: whether they can be written, and how much room is left.
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory } from '../../../training/index.ts';
import { type Finding, formatBytes, gigabyte, messageOf } from './finding.ts';

/** Writes a file there and tells the room left. */
export async function checkDirectory(name: string, path: string): Promise<Finding> {
  try {
    await mkdir(path, { recursive: true });
    const probe = await mkdtemp(join(path, '.hone-doctor-'));
    await writeFile(join(probe, 'probe'), 'probe');
    await rm(probe, { recursive: true });
    const { bavail, bsize } = await statfs(path);
    return roomFinding(name, path, bavail * bsize);
  } catch (error) {
    const remedy = 'change its permissions or use another place';
    return { name, status: 'fault', detail: `${path} cannot be written: ${messageOf(error)}`, remedy };
  }
}

/** Checkpoints hold the weights four times over: with the optimiser's state, two of them, and the final model. */
export function roomFinding(name: string, path: string, free: number): Finding {
  const detail = `${path}, ${formatBytes(free)} free`;
  if (free >= 2 * gigabyte) return { name, status: 'ok', detail };
  const remedy =
    'a checkpoint takes 16 bytes a parameter: free some room, or set output to another disk and keep_checkpoints=1';
  return { name, status: free < gigabyte / 5 ? 'fault' : 'warning', detail, remedy };
}

/** The cache of reference log-probabilities, and temporary files. */
export async function checkCaches(): Promise<Finding[]> {
  const cache = await checkDirectory('cache', cacheDirectory());
  const temporary = await checkDirectory('temporary files', tmpdir());
  const remedy =
    'set HONE_CACHE to a directory that can be written; without it reference log-probabilities are computed anew';
  return [cache.status === 'fault' ? { ...cache, status: 'warning', remedy } : cache, temporary];
}
