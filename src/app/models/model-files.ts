// The files of tuned models: kept in the blob store, fetched to this machine when they are used.
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { AtomicFile, fileError, NotFoundError } from '../../core/index.ts';
import { type ArtifactPath, artifactPath, type BlobStore } from '../../store/index.ts';
import { localDirectory } from '../artifact-place.ts';

/** A folder of a store. */
export type StoredFolder = { readonly store: BlobStore; readonly folder: ArtifactPath };

/** Copies a directory with all that is in it into a folder of a store. */
export async function storeDirectory(directory: string, { store, folder }: StoredFolder): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(directory.length).replaceAll('\\', '/').replace(/^\/+/, '');
    await store.write(artifactPath(`${folder}/${name}`), createReadStream(path), {
      size: (await stat(path)).size,
    });
  }
}

/**
 * The folder as a directory of this machine: where it lies, if that is here, else a copy in `cache`, which is made once.
 * @param cache a directory of its own for this content, which does not change
 * @throws NotFoundError where the folder is not there
 */
export async function directoryOf({ store, folder }: StoredFolder, cache: string): Promise<string> {
  const root = localDirectory(store.uri);
  if (root !== undefined && (await isDirectory(join(root, folder)))) return join(root, folder);
  if (await isDirectory(cache)) return cache;
  await mkdir(dirname(cache), { recursive: true });
  const staging = await mkdtemp(`${cache}.`);
  try {
    const count = await fetchFolder({ store, folder }, staging);
    if (count === 0)
      throw new NotFoundError(`Cannot find the model's files: '${folder}' of '${store.uri}' is empty`);
    await rename(staging, cache).catch(async (error: unknown) => {
      // Another process was first, with the same content
      if (!(await isDirectory(cache))) throw fileError(`Cannot keep the model in '${cache}'`, error);
    });
    return cache;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Fetches a folder's files into a directory; resolves to their number. */
export async function fetchFolder({ store, folder }: StoredFolder, directory: string): Promise<number> {
  let count = 0;
  for (const entry of await store.list(folder)) {
    const target = join(directory, entry.path.slice(folder.length + 1));
    if (entry.isDirectory) {
      count += await fetchFolder({ store, folder: entry.path }, target);
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    await writeFrom((await store.read(entry.path)).stream, target);
    count++;
  }
  return count;
}

async function writeFrom(stream: Readable, path: string): Promise<void> {
  const file = await AtomicFile.create(path);
  try {
    for await (const chunk of stream) await file.write(chunk);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
