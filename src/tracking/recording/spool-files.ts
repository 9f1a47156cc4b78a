// The files of a spool's directory.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What there is to be recorded, one JSON object a line. */
export const entriesFile = 'spool.jsonl';
/** How much of it the target has. */
export const positionFile = 'position.json';
/** What the target refused, and why. */
export const refusedFile = 'refused.jsonl';
/** Holds the process that sends. */
export const lockFile = 'sender.lock';
/** The directory of small artifacts that exist for the record alone. */
export const contentDirectory = 'files';

/** Directories of runs of which a search goes down. */
const deepest = 6;

/** The spools in a directory and below it, oldest name first; a link is not followed. */
export function findSpools(directory: string, depth = deepest): readonly string[] {
  if (existsSync(join(directory, entriesFile))) return [directory];
  if (depth === 0) return [];
  return subdirectories(directory).flatMap((name) => findSpools(join(directory, name), depth - 1));
}

function subdirectories(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git')
      .map(({ name }) => name)
      .sort();
  } catch {
    // Not there, or not for this user: it holds no spool that could be sent
    return [];
  }
}
