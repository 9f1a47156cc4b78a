// Where a path leads in the file system: below the root, symbolic links included, or nowhere.
import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { InputError, isSystemError } from '../../core/index.ts';
import type { ArtifactPath } from './artifact-path.ts';

/** The folder that holds a path's last segment, links followed; InputError when a link on the way leaves the root or leads nowhere. */
export async function containedParent(root: string, path: ArtifactPath): Promise<string> {
  let folder = root;
  const segments = path.split('/').slice(0, -1);
  for (const [i, segment] of segments.entries()) {
    const next = join(folder, segment);
    const info = await lstatIfThere(next);
    // What is not there cannot be a link.
    if (info === undefined) return join(next, ...segments.slice(i + 1));
    folder = info.isSymbolicLink() ? await followWithin(root, next, path) : next;
  }
  return folder;
}

/** The place of a path, its last segment followed too. */
export async function containedPlace(root: string, path: ArtifactPath): Promise<string> {
  const place = join(await containedParent(root, path), path.slice(path.lastIndexOf('/') + 1));
  const info = await lstatIfThere(place);
  return info?.isSymbolicLink() ? await followWithin(root, place, path) : place;
}

/** What is at a place, a link not followed; undefined for nothing. */
export async function lstatIfThere(place: string): Promise<Stats | undefined> {
  try {
    return await lstat(place);
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The folders that would have to be made for `folder` to be, outermost first. */
export async function missingFolders(folder: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let next = folder; (await lstatIfThere(next)) === undefined; next = dirname(next))
    missing.unshift(next);
  return missing;
}

async function followWithin(root: string, link: string, path: ArtifactPath): Promise<string> {
  const target = await realpath(link).catch(() => undefined);
  if (target !== undefined && isWithin(root, target)) return target;
  throw new InputError(
    `Cannot use the path '${path}': a symbolic link on it leads out of the store or nowhere; remove the link`,
  );
}

function isWithin(root: string, place: string): boolean {
  const way = relative(root, place);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
