// The quickstart's directory: a former result is replaced by the new one only when that is whole.
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, InputError, isSystemError, writeFileAtomic } from '../../../core/index.ts';

const markFile = 'quickstart.json';

/** A directory that the quickstart may fill. */
export interface QuickstartDirectory {
  readonly path: string;
  /** The result is whole: what stood here before is removed. `mark` is kept in `quickstart.json`. */
  keep(mark: Readonly<Record<string, unknown>>): Promise<void>;
  /** The work failed or was stopped: what stood here before comes back. */
  discard(): Promise<void>;
}

/**
 * Takes a directory for the quickstart: a new or empty one, or one of an earlier quickstart, whose content is put aside.
 * Where another quickstart is at work, the next number is taken: `runs/quickstart-2`.
 * @throws InputError when it holds something else
 */
export async function takeDirectory(wanted: string): Promise<QuickstartDirectory> {
  const path = await freeName(wanted);
  const former = `${path}.former`;
  const state = await stateOf(path);
  try {
    // A killed run's leftovers go; the whole result that it had put aside stays aside.
    if (state === 'unfinished') await rm(path, { recursive: true });
    if (state === 'finished') {
      await rm(former, { recursive: true, force: true });
      await rename(path, former);
    }
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(`Cannot make the output directory '${path}'`, error);
  }
  await writeMark(path, { finished: false, process: process.pid });
  return {
    path,
    keep: async (mark) => {
      await writeMark(path, { finished: true, ...mark });
      await rm(former, { recursive: true, force: true });
    },
    discard: async () => {
      await rm(path, { recursive: true, force: true });
      await rename(former, path).catch((error: unknown) => {
        if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
      });
    },
  };
}

type State = 'free' | 'finished' | 'unfinished' | 'busy';

async function freeName(wanted: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    if ((await stateOf(path)) !== 'busy') return path;
  }
}

async function stateOf(path: string): Promise<State> {
  let entries: string[];
  try {
    entries = await readdir(path);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return 'free';
    throw fileError(`Cannot use output '${path}'`, error);
  }
  if (entries.length === 0) return 'free';
  if (!entries.includes(markFile)) {
    throw new InputError(
      `Cannot use output '${path}': it is not empty and holds no quickstart (${entries.slice(0, 3).join(', ')}); ` +
        'choose another --output or empty it',
    );
  }
  const mark = await readMark(path);
  if (mark.finished === true) return 'finished';
  return typeof mark.process === 'number' && isAtWork(mark.process) ? 'busy' : 'unfinished';
}

/** A mark that cannot be read is that of a run which was cut off. */
async function readMark(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = JSON.parse(await readFile(join(path, markFile), 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw fileError(`Cannot read '${join(path, markFile)}'`, error);
  }
}

function isAtWork(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isSystemError(error) && error.code === 'EPERM';
  }
}

async function writeMark(path: string, mark: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFileAtomic(join(path, markFile), `${JSON.stringify(mark, null, 2)}\n`);
}
