// The stores as commands and the server open them.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../core/index.ts';
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
