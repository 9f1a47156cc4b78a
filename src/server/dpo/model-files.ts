// The tuned model of a run: its directory, its files, and all of them in one archive.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import type { DpoContext } from './context.ts';
import { DpoError } from './errors.ts';
import type { Run } from './find-run.ts';
import { tarOf } from './tar.ts';

/** A file of a model; `name` below the model's directory, with slashes. */
export type ModelFile = { readonly name: string; readonly path: string; readonly bytes: number };

/** The directory of the tuned model, or of the adapter, on this machine. @throws DpoError 404 where the run has none */
export async function modelDirectory(
  { models }: Pick<DpoContext, 'models'>,
  { id, result, owner }: Run,
): Promise<string> {
  if (result === null) throw new DpoError(404, `The run '${id}' has no model: it is not done`);
  const { base, adapter } = await models.open(result.model, { owner });
  return adapter ?? base;
}

/** The files of a directory, by name. */
export async function modelFiles(directory: string): Promise<readonly ModelFile[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const files = paths.map(async (path) => ({
    name: relative(directory, path).replaceAll('\\', '/'),
    path,
    bytes: (await stat(path)).size,
  }));
  return (await Promise.all(files)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** All files in one archive, as it is read. */
export function modelArchive(files: readonly ModelFile[]): Readable {
  return Readable.from(tarOf(files.map((file) => ({ ...file, open: () => createReadStream(file.path) }))));
}
