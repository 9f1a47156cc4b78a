// Reads a folder that somebody else may have filled: links are not followed, small files stay small, names stay below the root.
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../../../core/index.ts';
import type { Tell } from '../problems.ts';

const noFollow = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

/** Levels below a folder of metrics, parameters or artifacts that are walked. */
const deepest = 64;

/** Directories remembered as such; beyond that all are looked at again. */
const rememberedLimit = 10_000;

/** A folder from elsewhere. Paths are relative to it, with `/`. */
export class SafeFiles {
  readonly root: string;
  readonly #plainDirectories = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** What is in a directory, by name, without links and the like, which are told; undefined where there is no directory. */
  list(directory: string, tell: Tell): readonly Dirent[] | undefined {
    let entries: Dirent[];
    try {
      this.#refuseLinks(directory);
      entries = readdirSync(this.#at(directory), { withFileTypes: true });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
        tell({ what: 'directory', where: directory, reason: reasonOf(error.code) });
      return undefined;
    }
    return entries
      .filter((entry) => {
        const plain = entry.isFile() || entry.isDirectory();
        if (!plain) tell(refusedKind(entry, joined(directory, entry.name)));
        return plain;
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** All files below a directory, by paths from it on. */
  *walk(directory: string, tell: Tell, depth = 0): Generator<string> {
    for (const entry of this.list(directory, tell) ?? []) {
      const path = joined(directory, entry.name);
      if (entry.isFile()) yield path;
      else if (depth < deepest) yield* this.walk(path, tell, depth + 1);
      else tell({ what: 'directory', where: path, reason: `it lies deeper than ${deepest} levels` });
    }
  }

  /** The text of a small file; told and undefined where it is missing, no text, a link or larger than `limit` bytes. */
  text(path: string, { limit, tell }: { readonly limit: number; readonly tell: Tell }): string | undefined {
    const refuse = (reason: string) => {
      tell({ what: 'file', where: path, reason });
      return undefined;
    };
    try {
      const file = this.#open(path);
      try {
        const { size } = fstatSync(file);
        if (size > limit)
          return refuse(`it has ${size} bytes, more than the ${limit} that such a file may have`);
        const bytes = Buffer.allocUnsafe(size);
        const text = decode(bytes.subarray(0, readSync(file, bytes)));
        return text ?? refuse('it is not UTF-8 text');
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return refuse(reasonOf(error.code));
    }
  }

  /** The bytes of a file, a piece at a time. */
  async *bytes(path: string, size = 1 << 18): AsyncGenerator<Uint8Array> {
    const file = this.#open(path);
    try {
      for (;;) {
        const piece = Buffer.allocUnsafe(size);
        const count = readSync(file, piece);
        if (count === 0) return;
        yield piece.subarray(0, count);
      }
    } finally {
      closeSync(file);
    }
  }

  /** Size and time of the last change, as a sign of change; undefined for what is not there. */
  mark(path: string): string | undefined {
    try {
      const file = this.#open(path);
      try {
        const { size, mtimeMs } = fstatSync(file);
        return `${size} ${mtimeMs}`;
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if (isSystemError(error)) return undefined;
      throw error;
    }
  }

  size(path: string): number | undefined {
    return Number(this.mark(path)?.split(' ')[0]);
  }

  #open(path: string): number {
    this.#refuseLinks(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    const place = this.#at(path);
    // Opening a pipe would wait for whoever writes to it.
    const info = lstatSync(place);
    if (!info.isFile()) throw refusal(info.isSymbolicLink() ? 'ELOOP' : 'EFTYPE');
    return openSync(place, noFollow);
  }

  /** @throws ELOOP, as the system does, where a directory on the way is a link */
  #refuseLinks(directory: string): void {
    if (directory === '' || this.#plainDirectories.has(directory)) return;
    this.#refuseLinks(directory.slice(0, Math.max(0, directory.lastIndexOf('/'))));
    if (lstatSync(this.#at(directory)).isSymbolicLink()) throw refusal('ELOOP');
    if (this.#plainDirectories.size >= rememberedLimit) this.#plainDirectories.clear();
    this.#plainDirectories.add(directory);
  }

  #at(path: string): string {
    return join(this.root, ...path.split('/'));
  }
}

/** The paths of two that follow each other. */
export function joined(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

function refusal(code: string): Error {
  return Object.assign(new Error(reasonOf(code)), { code });
}

/** Why a file cannot be read, of the system's code. */
export function reasonOf(code: string): string {
  if (code === 'ENOENT') return 'it is missing';
  if (code === 'ELOOP' || code === 'EMLINK')
    return 'it is, or lies behind, a symbolic link; links are not followed';
  if (code === 'EFTYPE') return 'it is no file';
  return `it cannot be read: ${code}`;
}

function refusedKind(entry: Dirent, where: string) {
  const isLink = entry.isSymbolicLink();
  return {
    what: isLink ? 'symbolic link' : 'special file',
    where,
    reason: isLink ? 'links are not followed' : 'it is neither a file nor a directory',
  };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
