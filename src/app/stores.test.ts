// The stores as commands and the server open them.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../core/index.ts';
import { artifactPath } from '../store/index.ts';
import { dataDirectory } from './data-directory.ts';
import { openStores } from './stores.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-stores-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('dataDirectory() is what is told, else HONE_DATA, else .hone', () => {
  expect(dataDirectory('a', { HONE_DATA: 'b' })).toBe('a');
  expect(dataDirectory(undefined, { HONE_DATA: 'b' })).toBe('b');
  expect(dataDirectory(undefined, {})).toBe('.hone');
});

test('openStores() makes a data directory that git ignores, and finds again what was kept in it', async () => {
  const data = join(directory, 'new', 'data');
  const first = await openStores({ data });
  const id = await first.tracking.experiments.create({ name: 'a' });
  await first.close();
  expect(existsSync(join(data, '.gitignore'))).toBe(true);
  const again = await openStores({ data, artifactRoot: 's3://bucket/' });
  expect(await again.tracking.experiments.getByName('a')).toMatchObject({
    id,
    artifactLocation: `mlflow-artifacts:/${id}`,
  });
  const other = await again.tracking.experiments.create({ name: 'b' });
  expect((await again.tracking.experiments.get(other)).artifactLocation).toBe(`s3://bucket/${other}`);
  await again.close();
});

test('openStores() leaves a directory that was there, and one that is not needed, as they are', async () => {
  const data = join(directory, 'mine');
  mkdirSync(data);
  await (await openStores({ data })).close();
  expect(existsSync(join(data, '.gitignore'))).toBe(false);
  const elsewhere = {
    database: `sqlite:${join(directory, 'x.db')}`,
    artifacts: join(directory, 'files'),
  };
  await (await openStores({ data: join(directory, 'none'), ...elsewhere })).close();
  expect(existsSync(join(directory, 'none'))).toBe(false);
  await expect(openStores({ ...elsewhere, database: 'mysql://x' })).rejects.toThrow(InputError);
});

test('openStores() keeps uploads beside the artifacts, where no artifact path leads', async () => {
  const { files, artifacts, close } = await openStores({ data: directory });
  const { id } = await files.create(
    { owner: 'ada', filename: 'a.jsonl', purpose: 'fine-tune' },
    Readable.from([Buffer.from('hers')]),
  );
  expect(existsSync(join(directory, 'artifacts', '.hone-files', id))).toBe(true);
  expect(await artifacts.list()).toEqual([]);
  await expect(artifacts.read(artifactPath(`.hone-files/${id}`))).rejects.toThrow(InputError);
  await close();
});

test.each([
  ['artifacts', resolve('artifacts/0')],
  ['/srv/artifacts/', '/srv/artifacts/0'],
  ['file:///srv/artifacts', 'file:///srv/artifacts/0'],
  ['mlflow-artifacts:/', 'mlflow-artifacts:/0'],
  ['s3://bucket/a/?region=x', 's3://bucket/a/0?region=x'],
])(
  'openStores with the artifact root %s tells clients an address that means the same everywhere',
  async (artifactRoot, wanted) => {
    const stores = await openStores({
      data: join(directory, `root-${artifactRoot.replace(/\W/g, '-')}`),
      artifactRoot,
    });
    expect((await stores.tracking.experiments.get('0')).artifactLocation).toBe(wanted);
    await stores.close();
  },
);
