// Uploads under way, in a folder of their own, so that nobody meets half a file among the others.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../core/index.ts';
import type { BlobSource, WriteOptions } from './blob-store.ts';

/** The folder's name below a store's root. */
export const stagingName = '.hone-uploads';

/** An upload that has not moved for so long died with its process, maybe one of another machine. */
const abandonedMs = 24 * 3_600_000;

/** Makes the staging folder and removes from it what dead processes left. */
export async function openStaging(root: string): Promise<string> {
  const folder = join(root, stagingName);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const info = await stat(file).catch(() => undefined);
    if (info !== undefined && info.mtimeMs < Date.now() - abandonedMs) await rm(file, { force: true });
  }
  return folder;
}

/** A file in the staging folder that has its whole content, forced to disk; when that fails, nothing is left. */
export async function stageFile(
  staging: string,
  source: BlobSource,
  { size: announced }: WriteOptions,
): Promise<{ readonly file: string; readonly size: number }> {
  const file = join(staging, randomUUID());
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(source);
    const { size } = await handle.stat();
    refuseWrongSize(size, announced);
    await handle.sync();
    return { file, size };
  } catch (error) {
    // The first error says what is wrong; failing to tidy up after it must not hide it.
    await rm(file, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Throws when a source gave another number of bytes than was announced: it was cut short, or is not what it said. */
export function refuseWrongSize(size: number, announced: number | undefined): void {
  if (announced === undefined || size === announced) return;
  throw new InputError(
    `Cannot keep the file: ${size} bytes came where ${announced} were announced; send it again`,
  );
}
