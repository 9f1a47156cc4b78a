// Data files as MLflow records the inputs of a run: name, digest, source, schema, profile.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { fileError, InputError, sha256 } from '../../core/index.ts';
import type { DatasetColumn } from './columns.ts';

/** What the caller knows of the data; all of it may be left out. */
export type DatasetDescription = {
  /** Default: the file's name without its ending, or the directory of several files. */
  readonly name?: string;
  readonly rows?: number;
  readonly columns?: readonly DatasetColumn[];
  /** More numbers for the profile. */
  readonly statistics?: Readonly<Record<string, number>>;
};

/** A dataset within MLflow's limits; `source`, `schema` and `profile` are JSON. */
export type DatasetSource = {
  readonly name: string;
  /** The first 32 hexadecimal digits of the content's SHA-256. */
  readonly digest: string;
  readonly sourceType: 'local';
  readonly source: string;
  readonly schema?: string;
  readonly profile: string;
};

/** Characters that MLflow takes. */
const limits = { name: 500, source: 65_535, schema: 1_048_575, profile: 16_777_215 } as const;
const digestLength = 32;

/**
 * Reads data files and describes them. The digest is that of the content, wherever it lies: of one file what `sha256sum` says, of
 * several that of their digests in order, one a line. A schema that is larger than MLflow takes is left out.
 * @throws InputError for no file, a file that cannot be read, and a name or statistics that MLflow would refuse
 */
export async function datasetSource(
  files: string | readonly string[],
  description: DatasetDescription = {},
): Promise<DatasetSource> {
  const paths = [files].flat().map((file) => resolve(file));
  const [first, ...others] = paths;
  if (first === undefined) throw new InputError('Cannot describe a dataset of no files; name one');
  const contents: { readonly digest: string; readonly bytes: number }[] = [];
  for (const path of paths) contents.push(await digestFile(path));
  const directory = commonDirectory(paths);
  const usualName = others.length === 0 ? basename(first, extname(first)) : basename(directory);
  const schema =
    description.columns && JSON.stringify({ mlflow_colspec: description.columns.map(columnJson) });
  return {
    name: checked('name', description.name ?? (usualName || 'dataset')),
    digest: digestOf(contents.map(({ digest }) => digest)),
    sourceType: 'local',
    source: sourceJson(first, others.length === 0 ? undefined : { directory, paths }),
    ...(schema !== undefined && schema.length <= limits.schema && { schema }),
    profile: checked('profile', profileJson(description, contents)),
  };
}

async function digestFile(path: string): Promise<{ readonly digest: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    throw fileError(`Cannot read the data in '${path}'`, error);
  }
  return { digest: hash.digest('hex'), bytes };
}

function digestOf(digests: readonly string[]): string {
  const [first = ''] = digests;
  const whole = digests.length === 1 ? first : sha256(digests.map((digest) => `${digest}\n`).join(''));
  return whole.slice(0, digestLength);
}

/** MLflow's order of keys. */
function columnJson({ name, required, ...type }: DatasetColumn): unknown {
  return { ...type, name, required };
}

function profileJson(
  { rows, columns, statistics }: DatasetDescription,
  contents: readonly { readonly bytes: number }[],
): string {
  return JSON.stringify({
    ...(rows !== undefined && { num_rows: rows }),
    ...(rows !== undefined && columns !== undefined && { num_elements: rows * columns.length }),
    size_in_bytes: contents.reduce((sum, { bytes }) => sum + bytes, 0),
    ...statistics,
  });
}

/** MLflow's own source of a local dataset, which has one `uri`; of several files their directory, and beside it what they are called there. */
function sourceJson(
  file: string,
  several: { readonly directory: string; readonly paths: readonly string[] } | undefined,
): string {
  if (several === undefined) return JSON.stringify({ uri: file });
  const { directory, paths } = several;
  const named = paths.map((path) => relative(directory, path).split(sep).join('/'));
  const whole = JSON.stringify({ uri: directory, files: named });
  return whole.length <= limits.source ? whole : JSON.stringify({ uri: directory });
}

function commonDirectory(paths: readonly string[]): string {
  return paths
    .map((path) => dirname(path))
    .reduce((common, directory) => {
      let at = common;
      while (directory !== at && !directory.startsWith(at.endsWith(sep) ? at : at + sep)) {
        if (at === dirname(at)) return at;
        at = dirname(at);
      }
      return at;
    });
}

function checked(what: 'name' | 'profile', text: string): string {
  if (text.length <= limits[what]) return text;
  throw new InputError(
    `Cannot record the dataset: its ${what} has ${text.length} characters, MLflow takes ${limits[what]}; give a shorter one`,
  );
}
