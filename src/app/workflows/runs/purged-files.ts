// The files of runs and models that are deleted for good: found, measured, removed.
import { existsSync } from 'node:fs';
import { InputError, NotFoundError, ResourceError } from '../../../core/index.ts';
import { type ArtifactPath, artifactPath, type BlobStore } from '../../../store/index.ts';
import { artifactPlace, localDirectory } from '../../artifact-place.ts';

/** Files of one run or logged model. */
export type OwnedFiles = { readonly owner: string; readonly uri: string };

type Place = { readonly store: BlobStore; readonly folder: ArtifactPath };

/**
 * What comes before `/OWNER/artifacts`; undefined where the URI has another form, so that others may share the place, and where it
 * lies on a server.
 */
function baseOf({ owner, uri }: OwnedFiles): string | undefined {
  const [, base, last, query = ''] = /^(.*)\/([^/]+)\/artifacts\/?(\?.*)?$/s.exec(uri) ?? [];
  return base === undefined || last !== owner || /^https?:/i.test(uri) ? undefined : base + query;
}

/** The folder that belongs to the owner alone; undefined where there is nothing. */
async function folderOf(owner: string, base: string, proxied: BlobStore): Promise<Place | undefined> {
  const directory = localDirectory(base);
  // Opening a directory would make it
  if (directory !== undefined && !existsSync(directory)) return undefined;
  const { store, folder } = await artifactPlace(base, proxied);
  return { store, folder: artifactPath(folder === undefined ? owner : `${folder}/${owner}`) };
}

/** Files and bytes that would be removed. */
export async function measureFiles(
  files: OwnedFiles,
  proxied: BlobStore,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const base = baseOf(files);
  const place = base === undefined ? undefined : await folderOf(files.owner, base, proxied);
  const total = { files: 0, bytes: 0 };
  const walk = async (folder: ArtifactPath): Promise<void> => {
    for (const entry of (await place?.store.list(folder)) ?? []) {
      if (entry.isDirectory) await walk(entry.path);
      else {
        total.files++;
        total.bytes += entry.size;
      }
    }
  };
  if (place !== undefined) await walk(place.folder);
  return total;
}

/** `left`: not the owner's alone, or out of reach for good. `failed`: may be tried again. */
export type Removal =
  | { readonly outcome: 'removed' }
  | { readonly outcome: 'left' }
  | { readonly outcome: 'failed'; readonly reason: string };

/** Removes files; a place that does not answer is told, not thrown. */
export async function removeFiles(files: OwnedFiles, proxied: BlobStore): Promise<Removal> {
  try {
    const base = baseOf(files);
    if (base === undefined) return { outcome: 'left' };
    const place = await folderOf(files.owner, base, proxied);
    await place?.store.delete(place.folder);
    return { outcome: 'removed' };
  } catch (error) {
    if (error instanceof NotFoundError) return { outcome: 'removed' };
    if (error instanceof InputError || error instanceof ResourceError)
      return { outcome: 'failed', reason: error.message };
    throw error;
  }
}
