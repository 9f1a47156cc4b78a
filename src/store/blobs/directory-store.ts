// Files in a directory of the file system.
import { constants } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import {
  ConflictError,
  fileError,
  InputError,
  isSystemError,
  NotFoundError,
  syncDirectory,
} from '../../core/index.ts';
import { type ArtifactPath, isArtifactPath } from './artifact-path.ts';
import type { BlobContent, BlobEntry, BlobSource, BlobStore, ByteRange, WriteOptions } from './blob-store.ts';
import { boundedRange } from './byte-range.ts';
import { containedParent, containedPlace, lstatIfThere, missingFolders } from './contained-place.ts';
import { openStaging, stageFile, stagingName } from './staging.ts';

/** Opens a directory, made when missing. */
export async function openDirectoryStore(directory: string, uri = directory): Promise<BlobStore> {
  try {
    await mkdir(directory, { recursive: true });
    return new DirectoryStore(uri, await realpath(resolve(directory)));
  } catch (error) {
    throw fileError(`Cannot keep files in '${directory}'`, error);
  }
}

class DirectoryStore implements BlobStore {
  readonly uri: string;
  readonly #root: string;
  #staging: Promise<string> | undefined;

  constructor(uri: string, root: string) {
    this.uri = uri;
    this.#root = root;
  }

  async list(folder?: ArtifactPath): Promise<readonly BlobEntry[]> {
    return await attempt(`Cannot list '${folder ?? ''}'`, async () => {
      const names = await namesIn(folder === undefined ? this.#root : await this.#place(folder));
      const paths = names
        .filter((name) => folder !== undefined || name !== stagingName)
        .map((name) => (folder === undefined ? name : `${folder}/${name}`))
        // Names that no path can say are nobody's artifacts.
        .filter(isArtifactPath);
      const entries = await Promise.all(paths.map((path) => this.#entryWithin(path)));
      return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
    });
  }

  async stat(path: ArtifactPath): Promise<BlobEntry | undefined> {
    return await attempt(`Cannot look up '${path}'`, async () => entryAt(path, await this.#place(path)));
  }

  async read(path: ArtifactPath, range?: ByteRange): Promise<BlobContent> {
    return await attempt(`Cannot read '${path}'`, async () => {
      const place = await this.#place(path);
      const entry = await entryAt(path, place);
      if (entry === undefined || entry.isDirectory)
        throw new NotFoundError(`Cannot read '${path}': there is no such file; check the path`);
      return await openContent(place, range);
    });
  }

  async write(path: ArtifactPath, source: BlobSource, options: WriteOptions = {}): Promise<number> {
    return await attempt(`Cannot write '${path}'`, async () => {
      // Before the upload, to refuse early; after it, because the folders may have changed meanwhile.
      await this.#placeForFile(path);
      this.#staging ??= openStaging(this.#root);
      const { file, size } = await stageFile(await this.#staging, source, options);
      try {
        await publish(file, await this.#placeForFile(path));
      } catch (error) {
        await rm(file, { force: true }).catch(() => undefined);
        throw isSystemError(error) && collisions.has(error.code) ? collision(path) : error;
      }
      return size;
    });
  }

  async delete(path: ArtifactPath): Promise<void> {
    await attempt(`Cannot delete '${path}'`, async () => {
      refuseStaging(path);
      // Of a link, the link itself is removed, not where it leads.
      const place = join(await containedParent(this.#root, path), path.slice(path.lastIndexOf('/') + 1));
      if ((await lstatIfThere(place)) === undefined)
        throw new NotFoundError(`Cannot delete '${path}': there is no such file or folder; check the path`);
      await rm(place, { recursive: true, force: true });
      await syncDirectory(dirname(place));
    });
  }

  async #place(path: ArtifactPath): Promise<string> {
    refuseStaging(path);
    return await containedPlace(this.#root, path);
  }

  async #placeForFile(path: ArtifactPath): Promise<string> {
    const place = await this.#place(path);
    if ((await lstatIfThere(place))?.isDirectory()) throw collision(path);
    return place;
  }

  /** An entry of a listing; what lies behind a link that leaves the root is not listed. */
  async #entryWithin(path: ArtifactPath): Promise<BlobEntry | undefined> {
    try {
      return await entryAt(path, await this.#place(path));
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }
}

// What the system says when a file is in the way of a folder, or a folder in the way of a file.
const collisions: ReadonlySet<string> = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY']);

/** The error where a file and a folder would bear one name. */
export function collision(path: ArtifactPath): ConflictError {
  return new ConflictError(
    `Cannot write '${path}': a folder has that name, or a file has the name of one of its folders; choose another path`,
  );
}

function refuseStaging(path: ArtifactPath): void {
  if (path.split('/')[0] === stagingName)
    throw new InputError(
      `Cannot use the path '${path}': '${stagingName}' holds uploads under way; choose another`,
    );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}

async function entryAt(path: ArtifactPath, place: string): Promise<BlobEntry | undefined> {
  const info = await lstatIfThere(place);
  if (info === undefined || !(info.isDirectory() || info.isFile())) return undefined;
  return { path, isDirectory: info.isDirectory(), size: info.isDirectory() ? 0 : info.size };
}

async function openContent(place: string, range: ByteRange | undefined): Promise<BlobContent> {
  const handle = await open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const { size } = await handle.stat();
    const { start, end } = boundedRange(size, range);
    if (start < end) return { size, stream: handle.createReadStream({ start, end: end - 1 }) };
    await handle.close();
    return { size, stream: Readable.from([]) };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Moves a staged file to its place, so that a power cut cannot undo it: new folders are forced to disk, too. */
async function publish(file: string, place: string): Promise<void> {
  const folder = dirname(place);
  const made = await missingFolders(folder);
  await mkdir(folder, { recursive: true });
  for (const one of made) await syncDirectory(dirname(one));
  await rename(file, place);
  await syncDirectory(folder);
}

async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fileError(action, error);
  }
}
