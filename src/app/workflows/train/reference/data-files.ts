// Finds the files of a published preference set on this machine.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../../core/index.ts';
import type { PreferenceSetName } from '../../../../data/index.ts';
import { hubCaches, hubSnapshot } from './models.ts';
import type { ReferenceConfig } from './schema.ts';

type Part = 'train' | 'test';

/** The repositories, as their hub calls them. */
const repositories = {
  hh: 'Anthropic/hh-rlhf',
  shp: 'stanfordnlp/SHP',
  se: 'HuggingFaceH4/stack-exchange-preferences',
} as const;

const dataFile = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.(gz|zst))?$/i;

/**
 * The files of a part: `datasets_dir` (HONE_DATASETS) with a directory for each set, or the Hugging Face cache. `se` has no
 * test files, its parts are drawn; `novalto` is one file for both.
 * @param scratch a directory in which the reference trainer would keep its cache
 * @throws InputError that says what was looked for where
 */
export async function findDataFiles(
  name: PreferenceSetName,
  part: Part,
  { config, scratch }: { readonly config: ReferenceConfig; readonly scratch: string },
): Promise<string[]> {
  const root = config.datasets_dir ?? (process.env.HONE_DATASETS || undefined);
  if (name === 'novalto') return [await communityFile(config, root)];
  const repository = repositories[name];
  const places = root === undefined ? [] : placesIn(root, name, repository);
  const cached = await hubSnapshot(`datasets--${repository.replaceAll('/', '--')}`, [
    ...hubCaches(),
    scratch,
  ]);
  if (cached !== undefined) places.push(cached);
  const wanted = name === 'se' ? 'train' : part;
  for (const place of places) {
    const files = (await filesBelow(place)).filter((file) => isOfPart(file.slice(place.length), wanted));
    if (files.length > 0) return files;
  }
  const looked = [
    ...places,
    ...hubCaches().map((cache) => join(cache, `datasets--${repository.replaceAll('/', '--')}`)),
  ];
  throw new InputError(
    `Cannot find the ${wanted} files of dataset '${name}' (JSONL, JSON, CSV or Parquet with '${wanted}' in their names): looked in ` +
      `${[...new Set(looked)].join(', ')}; get them by 'hf download ${repository} --repo-type dataset --local-dir DIR/${name}' and give datasets_dir=DIR`,
  );
}

function placesIn(root: string, name: string, repository: string): string[] {
  const [owner = '', title = ''] = repository.split('/');
  return [name, title, repository, `${owner}--${title}`, `${owner}___${title}`].map((folder) =>
    join(root, folder),
  );
}

async function communityFile(
  { dataset_path: path }: ReferenceConfig,
  root: string | undefined,
): Promise<string> {
  const given = path ?? (process.env.DATASET_PATH || undefined);
  const usual = [
    ...(root === undefined ? [] : ['novalto.json', 'novalto.jsonl'].map((name) => join(root, name))),
    'data/dataset.json',
  ];
  for (const file of given === undefined ? usual : [given])
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
  throw new InputError(
    `Cannot find the file of dataset 'novalto': looked for ${(given === undefined ? usual : [given]).join(', ')}; give dataset_path=FILE or set DATASET_PATH`,
  );
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  // The Hugging Face cache holds links to its files
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && dataFile.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** `train` in the file's name or in that of a folder around it. */
function isOfPart(path: string, part: Part): boolean {
  return new RegExp(`(^|[/\\\\_.-])${part}(?=[/\\\\_.-]|$)`, 'i').test(path);
}
