// The registry and tracking, joined: versions registered from logged models, which are told so.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStores } from './stores.ts';

const data = mkdtempSync(join(tmpdir(), 'hone-links-'));
const { registry, tracking, close } = await openStores({ data });
afterAll(async () => {
  await close();
  rmSync(data, { recursive: true, force: true });
});

test('a version registered from a logged model has its run and its files, and the logged model knows of it', async () => {
  const { info } = await tracking.runs.create({ experimentId: '0' });
  const { modelId, artifactUri } = await tracking.loggedModels.create({
    experimentId: '0',
    name: 'm',
    sourceRunId: info.runId,
  });
  await registry.models.create('m');
  const source = `models:/${modelId}`;
  const version = await registry.versions.create('m', { source, modelId });
  expect(version).toMatchObject({ runId: info.runId, storageLocation: artifactUri, loggedModelId: modelId });
  const { tags } = await tracking.loggedModels.get(modelId);
  expect(tags).toContainEqual({ key: 'mlflow.modelVersions', value: '[{"name": "m", "version": 1}]' });
});

test('a source that is not there is refused before anything is registered', async () => {
  await registry.models.create('n');
  await expect(registry.versions.create('n', { source: 's3://b/x', modelId: 'm-gone' })).rejects.toThrow(
    "Logged model with ID 'm-gone' not found.",
  );
  await expect(registry.versions.checkSource({ source: '/x', runId: 'gone' })).rejects.toThrow('not found');
  expect(await registry.versions.list('n')).toEqual([]);
});
