// Paths that a user writes: files, directories of data files and globs.
import { glob, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../core/index.ts';
import { hasDataExtension } from './sniff.ts';

/** The files that the paths name, in the order given; a directory's and a glob's files by name. */
export async function expandPaths(paths: string | readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of typeof paths === 'string' ? [paths] : paths) files.push(...(await expandPath(path)));
  if (files.length === 0) throw new InputError('Cannot read data: no file is named; name at least one');
  return files;
}

async function expandPath(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    const names = (await readdir(path)).filter(hasDataExtension).sort();
    const files = await onlyFiles(names.map((name) => join(path, name)));
    if (files.length > 0) return files;
    throw new InputError(
      `Cannot read directory '${path}': it holds no data file; name a directory with .jsonl, .json, .csv or .parquet files`,
    );
  }
  if (found !== undefined || !/[*?[{]/.test(path)) return [path];
  const matches: string[] = [];
  for await (const match of glob(path)) matches.push(match);
  const files = await onlyFiles(matches.sort());
  if (files.length > 0) return files;
  throw new InputError(`Cannot read '${path}': no file matches; check the pattern`);
}

async function onlyFiles(paths: readonly string[]): Promise<string[]> {
  const kinds = await Promise.all(paths.map((path) => stat(path)));
  return paths.filter((_, index) => kinds[index]?.isFile());
}
