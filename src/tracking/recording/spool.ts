// A run's record on its way to a tracker: written to disk at once, sent by somebody else, whenever that can be.
import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { RunStatus } from '../entities.ts';
import { encodeEntry, type SpoolEntry, type SpoolHeader } from './spool-entries.ts';
import { contentDirectory, entriesFile } from './spool-files.ts';
import { readEntries } from './spool-reader.ts';

/** What a spool holds so far. */
export type SpoolState = {
  /** The last step of each series of metrics; -1 where there is none. */
  readonly lastStep: Readonly<Record<'training' | 'system', number>>;
  /** The last status that was given. */
  readonly status: RunStatus | undefined;
};

/**
 * Takes entries as they come. An entry costs one write to a file; none of the methods throws or waits. What has been taken
 * survives the end of the process, however it comes.
 */
export class Spool {
  readonly directory: string;
  readonly header: SpoolHeader;
  /** What it held when it was opened. */
  readonly state: SpoolState;
  /** Called after each entry: somebody may want to send it. */
  onEntry: (() => void) | undefined;
  #file: number | undefined;
  #lost = 0;
  #contents = 0;

  private constructor(directory: string, file: number | undefined, held: Held) {
    this.directory = directory;
    this.#file = file;
    this.header = held.header;
    this.state = held.state;
  }

  /** Begins a spool. A disk that takes nothing gives one that loses all: see {@link Spool.lost}. */
  static create(directory: string, header: SpoolHeader): Spool {
    const spool = new Spool(directory, openOrNot(directory), { header, state: emptyState });
    spool.append(header);
    // What follows would belong to nothing
    if (spool.lost > 0) spool.close();
    return spool;
  }

  /** Opens a spool to go on with it; undefined where there is none that could be read. Nobody else may be writing to it. */
  static open(directory: string): Spool | undefined {
    const held = readHeld(directory);
    return held && new Spool(directory, openOrNot(directory), held);
  }

  /** Entries that the disk did not take. */
  get lost(): number {
    return this.#lost;
  }

  append(entry: SpoolEntry): void {
    if (!this.#write(encodeEntry(entry))) this.#lost++;
    else this.onEntry?.();
  }

  /** Appends a file, or a text that exists for the record alone, as an artifact. */
  artifact(path: string, content: { readonly file: string } | { readonly text: string }): void {
    const file = 'file' in content ? content.file : this.#keep(path, content.text);
    if (file === undefined) {
      this.#lost++;
      return;
    }
    const place = relative(resolve(this.directory), resolve(file)).split(sep).join('/');
    this.append({ type: 'artifact', path, file: place });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #keep(path: string, text: string): string | undefined {
    try {
      const folder = join(this.directory, contentDirectory);
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `${Date.now()}-${this.#contents++}-${basename(path)}`);
      writeFileSync(file, text);
      return file;
    } catch {
      return undefined;
    }
  }

  #write(line: string): boolean {
    if (this.#file === undefined) return false;
    try {
      const bytes = Buffer.from(line);
      if (writeSync(this.#file, bytes) === bytes.length) return true;
      // A full disk took a part: the next line must not hang on to it
      appendFileSync(this.#file, '\n');
    } catch {
      // A disk that takes nothing must not end the training
    }
    return false;
  }
}

type Held = { readonly header: SpoolHeader; readonly state: SpoolState };

const emptyState: SpoolState = { lastStep: { training: -1, system: -1 }, status: undefined };

/** The header of a spool; undefined where there is none. */
export function readHeader(directory: string): SpoolHeader | undefined {
  try {
    const [first] = readEntries(join(directory, entriesFile)).take(1);
    return first?.entry.type === 'run' ? first.entry : undefined;
  } catch {
    return undefined;
  }
}

function readHeld(directory: string): Held | undefined {
  const header = readHeader(directory);
  if (header === undefined) return undefined;
  const lastStep = { ...emptyState.lastStep };
  let status: RunStatus | undefined;
  for (const { entry } of readEntries(join(directory, entriesFile))) {
    if (entry.type === 'metrics') lastStep[entry.series] = Math.max(lastStep[entry.series], entry.step);
    if (entry.type === 'status') status = entry.status;
  }
  return { header, state: { lastStep, status } };
}

function openOrNot(directory: string): number | undefined {
  try {
    mkdirSync(directory, { recursive: true });
    const file = openSync(join(directory, entriesFile), 'a+');
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1, '\n');
    if (size > 0) readSync(file, last, 0, 1, size - 1);
    // The process before this one was killed within a line
    if (last.toString() !== '\n') writeSync(file, '\n');
    return file;
  } catch {
    return undefined;
  }
}
