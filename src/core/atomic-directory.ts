// Directories that are either whole or absent: filled beside the target, forced to disk, then renamed to it.
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncDirectory } from './atomic-file.ts';
import { InputError } from './errors.ts';
import { fileError } from './file-error.ts';
import { exists, releaseTemporary, temporaryBeside } from './temporary.ts';

/**
 * Replaces a directory by one that `fill` writes. A crash at any instant leaves the old directory or the new one, at worst under the
 * name `NAME.old-PID-N`, which {@link removeStaleTemporaries} puts back. When `fill` throws, nothing has changed.
 *
 * @param fill receives the path of an empty temporary directory on the same file system
 */
export async function replaceDirectoryAtomic(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = resolve(path);
  const temporary = temporaryBeside(target, 'tmp');
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await syncTree(temporary);
    await swap(temporary, target);
  } catch (error) {
    // The first error says what is wrong; failing to tidy up after it must not hide it.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(`Cannot write the directory '${path}'`, error);
  } finally {
    releaseTemporary(temporary);
  }
}

/**
 * Removes a directory, if it is there. A crash at any instant leaves it whole or gone, at worst with a rest under the name
 * `NAME.tmp-PID-N`, which {@link removeStaleTemporaries} removes.
 */
export async function removeDirectoryAtomic(path: string): Promise<void> {
  const target = resolve(path);
  if (!(await exists(target))) return;
  const temporary = temporaryBeside(target, 'tmp');
  try {
    await rename(target, temporary);
    await rm(temporary, { recursive: true, force: true });
  } catch (error) {
    throw fileError(`Cannot remove the directory '${path}'`, error);
  } finally {
    releaseTemporary(temporary);
  }
}

async function swap(temporary: string, target: string): Promise<void> {
  const parent = dirname(target);
  if (!(await exists(target))) {
    await rename(temporary, target);
    await syncDirectory(parent);
    return;
  }
  if (!(await stat(target)).isDirectory()) {
    throw new InputError(`Cannot replace '${target}' by a directory: it is a file; choose another path`);
  }
  const old = temporaryBeside(target, 'old');
  try {
    await rename(target, old);
    await rename(temporary, target).catch(async (error: unknown) => {
      await rename(old, target);
      throw error;
    });
    await syncDirectory(parent);
    await rm(old, { recursive: true, force: true });
  } finally {
    releaseTemporary(old);
  }
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await syncDirectory(directory);
}

async function syncFile(path: string): Promise<void> {
  // Windows forces only files opened for writing to disk; elsewhere reading is enough and works for read-only files.
  const handle = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
