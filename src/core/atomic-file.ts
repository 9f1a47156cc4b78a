// Files that are either whole or absent: written beside the target, forced to disk, then renamed over it.
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileError } from './file-error.ts';
import { releaseTemporary, temporaryBeside } from './temporary.ts';

/**
 * A file under way. Nothing is seen at its path until {@link AtomicFile.commit}; after {@link AtomicFile.discard}, or an error of
 * any method, nothing is left of it.
 */
export class AtomicFile {
  readonly path: string;
  readonly #target: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #open = true;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path;
    this.#target = resolve(path);
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Begins a file; its directory is made when missing. */
  static async create(path: string): Promise<AtomicFile> {
    const temporary = temporaryBeside(resolve(path), 'tmp');
    try {
      await mkdir(dirname(temporary), { recursive: true });
      return new AtomicFile(path, temporary, await open(temporary, 'wx'));
    } catch (error) {
      releaseTemporary(temporary);
      throw fileError(`Cannot write '${path}'`, error);
    }
  }

  /** Appends bytes; they must not change until the promise is fulfilled. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#orDiscard(() => writeAll(this.#handle, bytes));
  }

  /** Forces the bytes to disk and puts the file at its path, replacing one that was there. */
  async commit(): Promise<void> {
    await this.#orDiscard(async () => {
      await this.#handle.sync();
      this.#open = false;
      await this.#handle.close();
      await rename(this.#temporary, this.#target);
      releaseTemporary(this.#temporary);
      await syncDirectory(dirname(this.#temporary));
    });
  }

  /** Gives the file up. */
  async discard(): Promise<void> {
    if (this.#open) {
      this.#open = false;
      await this.#handle.close();
    }
    await rm(this.#temporary, { force: true });
    releaseTemporary(this.#temporary);
  }

  async #orDiscard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The first error says what is wrong; failing to tidy up after it must not hide it.
      await this.discard().catch(() => undefined);
      throw fileError(`Cannot write '${this.path}'`, error);
    }
  }
}

/**
 * Writes a whole file or leaves what was there: a reader, or a crash at any instant, meets the old content or the new one.
 * The directory is made when missing. Throws ResourceError when the machine refuses (disk full, permission), InputError when the
 * path cannot be a file; nothing is left half-written.
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const file = await AtomicFile.create(path);
  await file.write(typeof content === 'string' ? Buffer.from(content) : content);
  await file.commit();
}

/** Forces a directory's entries to disk, where the system can (Windows cannot open a directory). */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// One call writes at most 2 GiB, and may write less than it is given.
const largestWrite = 2 ** 30;

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let start = 0; start < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, start, Math.min(bytes.length - start, largestWrite));
    start += bytesWritten;
  }
}
