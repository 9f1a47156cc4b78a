// Small files in which Linux tells of itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file's text without the space around it; undefined where there is none. `/proc` and `/sys` answer from memory, at once. */
export function readSystemFile(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A file's number; undefined where there is none, or it says `max`. */
export function readSystemNumber(root: string, path: string): number | undefined {
  return numberIn(readSystemFile(root, path));
}

/** The number beside a name, in files of `name value` or `name: value kB` lines. */
export function readField(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((one) => one.startsWith(name) && /^:?\s/.test(one.slice(name.length)));
  return numberIn(line?.slice(name.length).match(/\d+/)?.[0]);
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
