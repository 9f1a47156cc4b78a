// Sources that clients may register from: MLflow's rules, those against reading the server's own files above all.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NotFoundError } from '../core/index.ts';
import { openDatabase } from '../store/index.ts';
import { openRegistry } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'hone-source-'));
const artifacts = join(directory, 'run', 'artifacts');
mkdirSync(join(artifacts, 'model'), { recursive: true });
mkdirSync(join(directory, 'secret'));
symlinkSync(join(directory, 'secret'), join(artifacts, 'link'));
const database = await openDatabase(`sqlite:${join(directory, 'registry.db')}`);
afterAll(async () => {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

const { versions } = openRegistry(database, {
  tracking: {
    runArtifactUri: async (runId) => {
      if (runId === 'local') return `file://${artifacts}`;
      if (runId === 'proxied') return 'mlflow-artifacts:/1/proxied/artifacts';
      throw new NotFoundError(`Run with id=${runId} not found`);
    },
    loggedModel: async () => ({ artifactUri: artifacts, sourceRunId: undefined, metrics: {} }),
    versionRegistered: async () => {},
  },
});

test.each([
  's3://b/x',
  's3://b//x',
  's3://b/x?versionId=..',
  'http://h/a/b/',
  'http://localhost/a',
  'mlflow-artifacts:/1/r/artifacts/m',
  'dbfs:/a',
  'models:/m/1',
  'runs:/abc/model',
])('checkSource() takes %s', async (source) => {
  await versions.checkSource({ source });
});

test.each([
  's3:/b/../x',
  's3://b/%2e%2e/x',
  's3://b/%252e%252e/x',
  's3://b',
  's3://b/',
  'gs://b/./x',
  'http://h/a%00b',
  'mlflow-artifacts://h/..%2f..%2fetc',
  'models:/',
])('checkSource() refuses %s as a path that does not say where it leads', async (source) => {
  await expect(versions.checkSource({ source })).rejects.toThrow(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
  );
});

test.each(['/etc/passwd', 'file:///etc/passwd', 'relative/path', 'file://localhost/etc/passwd'])(
  'checkSource() refuses %s, a file of this machine',
  async (source) => {
    await expect(versions.checkSource({ source })).rejects.toThrow(
      `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    );
  },
);

test("checkSource() takes a run's own files, but not by way of links or dots", async () => {
  await versions.checkSource({ source: join(artifacts, 'model'), runId: 'local' });
  await versions.checkSource({ source: `file://${artifacts}/model/new`, runId: 'local' });
  await versions.checkSource({ source: join(artifacts, 'model'), modelId: 'm-1' });
  const refused = async (source: string, runId = 'local') =>
    await expect(versions.checkSource({ source, runId })).rejects.toThrow('Invalid model version source');
  await refused(join(artifacts, 'link'));
  await refused(join(artifacts, 'link', 'new'));
  await refused(`${artifacts}/../../secret`);
  await refused(`file://${artifacts}/%2e%2e/%2e%2e/secret`);
  await refused(`${artifacts}-other`);
  await refused(join(artifacts, 'model'), 'proxied');
  await expect(versions.checkSource({ source: '/x', runId: 'gone' })).rejects.toThrow(
    'Run with id=gone not found',
  );
  await expect(versions.checkSource({ source: 'file://host/etc' })).rejects.toThrow('not a valid remote uri');
});

test('checkSource() takes placeholders of prompts and refuses their local paths', async () => {
  const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }];
  await versions.checkSource({ source: 'prompt-template', tags });
  await expect(versions.checkSource({ source: '/etc/x', tags })).rejects.toThrow(
    "Invalid prompt source: '/etc/x'. Local source paths are not allowed for prompts.",
  );
  await expect(versions.checkSource({ source: 's3://b/../x', tags })).rejects.toThrow(
    'Invalid model version source',
  );
});
