// Which places URIs mean.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { openBlobStore } from '../../store/index.ts';
import { openArtifactRoots } from './artifact-roots.ts';

const directory = mkdtempSync(join(tmpdir(), 'hone-roots-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const proxy = await openBlobStore(join(directory, 'proxy'));
const roots = await openArtifactRoots(proxy, `file://${join(directory, 'root')}`);
const folderOf = (uri: string): unknown => {
  const { store, folder } = roots.placeOf(uri);
  return [store === proxy ? 'proxy' : 'root', folder];
};

test.each([
  ['mlflow-artifacts:/', ['proxy', undefined]],
  ['mlflow-artifacts:/1/r/artifacts', ['proxy', '1/r/artifacts']],
  ['mlflow-artifacts://host:5000/1/r', ['proxy', '1/r']],
  ['http://host/api/2.0/mlflow-artifacts/artifacts/1/r', ['proxy', '1/r']],
  [join(directory, 'proxy', '1'), ['proxy', '1']],
  [`file://${directory}/proxy/1/`, ['proxy', '1']],
  [join(directory, 'root', '1'), ['root', '1']],
  [`file://${directory}/root`, ['root', undefined]],
])('placeOf(%s) is within a root', (uri, place) => {
  expect(folderOf(uri)).toEqual(place);
});

test.each([
  '/etc',
  join(directory, 'proxy2', 'x'),
  directory,
  `${directory}/proxy/../x`,
  'mlflow-artifacts:/../x',
  'mlflow-artifacts:/%2e%2e/x',
  'http://host/other',
  's3://bucket/x',
  'dbfs:/x',
])('placeOf(%s) refuses what is in no root', (uri) => {
  expect(() => roots.placeOf(uri)).toThrow(InputError);
});
