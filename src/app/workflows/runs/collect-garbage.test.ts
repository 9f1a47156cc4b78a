// Garbage collection on real stores: rows and files go, what the registry needs stays, an interruption is made good.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { artifactPath } from '../../../store/index.ts';
import { openStores, type Stores } from '../../stores.ts';
import { collectGarbage, deleteForGood, previewGarbage } from './collect-garbage.ts';
import { removeFiles } from './purged-files.ts';

let directory: string;
let stores: Stores;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-gc-'));
  stores = await openStores({ data: directory });
});
afterEach(async () => {
  await stores.close();
  await rm(directory, { recursive: true, force: true });
});

/** A run with a file. */
async function runWithFile(experimentId = '0'): Promise<string> {
  const { info } = await stores.tracking.runs.create({ experimentId });
  await stores.artifacts.write(fileOf(info.runId, experimentId), new Uint8Array(100));
  return info.runId;
}

function fileOf(runId: string, experimentId = '0') {
  return artifactPath(`${experimentId}/${runId}/artifacts/model/weights.bin`);
}

test('collectGarbage() removes rows and files, frees names, and leaves what is active', async () => {
  const { tracking, artifacts } = stores;
  const experimentId = await tracking.experiments.create({ name: 'a' });
  const doomed = await runWithFile(experimentId);
  const kept = await runWithFile();
  await tracking.experiments.delete(experimentId);
  expect(await previewGarbage(stores, {})).toMatchObject({
    rows: { runs: 1, experiments: 1 },
    files: 1,
    bytes: 100,
    experiments: ['a'],
    runs: [{ runId: doomed }],
  });
  const heard: number[] = [];
  const report = await collectGarbage(stores, { onPurged: (count) => heard.push(count) });
  expect(report).toEqual({
    ...{ runs: 1, loggedModels: 0, experiments: ['a'], isInterrupted: false },
    ...{ kept: [], left: [], failed: [] },
  });
  expect(heard).toEqual([1]);
  expect(await artifacts.stat(fileOf(doomed, experimentId))).toBeUndefined();
  expect(await artifacts.stat(fileOf(kept))).toBeDefined();
  await tracking.experiments.create({ name: 'a' });
  expect((await previewGarbage(stores, {})).rows.runs).toBe(0);
});

test('collectGarbage() keeps runs and logged models that versions were registered from', async () => {
  const { tracking, registry, artifacts } = stores;
  const runId = await runWithFile();
  const { modelId, artifactUri } = await tracking.loggedModels.create({ experimentId: '0' });
  await registry.models.create('support');
  await registry.versions.create('support', { source: `runs:/${runId}/model`, runId });
  await registry.versions.create('support', { source: artifactUri, modelId });
  await tracking.runs.delete(runId);
  await tracking.loggedModels.delete(modelId);
  const report = await collectGarbage(stores);
  expect([report.runs, report.loggedModels]).toEqual([0, 0]);
  expect(report.kept).toEqual([
    { what: `run ${runId}`, why: "version 1 of 'support' was registered from it; delete that version first" },
    expect.objectContaining({ what: `logged model ${modelId}` }),
  ]);
  expect(await artifacts.stat(fileOf(runId))).toBeDefined();
  await expect(deleteForGood(stores, [runId])).rejects.toThrow("version 1 of 'support'");
  await registry.versions.delete('support', 1);
  await registry.versions.delete('support', 2);
  expect(await collectGarbage(stores)).toMatchObject({ runs: 1, loggedModels: 1 });
});

test('collectGarbage() goes on with files whose rows were gone when it was interrupted', async () => {
  const { tracking, artifacts } = stores;
  const runId = await runWithFile();
  await tracking.runs.delete(runId);
  // As after a kill between the transaction and the removal
  await tracking.purge.run(runId);
  expect(await artifacts.stat(fileOf(runId))).toBeDefined();
  await collectGarbage(stores);
  expect(await artifacts.stat(fileOf(runId))).toBeUndefined();
  expect(await tracking.purge.pendingArtifacts()).toEqual([]);
});

test('collectGarbage() stops when told, and a second time finishes', async () => {
  const { tracking } = stores;
  for (let i = 0; i < 33; i++) await tracking.runs.delete(await runWithFile());
  const controller = new AbortController();
  const first = await collectGarbage(stores, {
    signal: controller.signal,
    onPurged: () => controller.abort(),
  });
  expect(first).toMatchObject({ runs: 32, isInterrupted: true });
  expect(await collectGarbage(stores)).toMatchObject({ runs: 1, isInterrupted: false });
});

test('collectGarbage() takes only what was deleted long enough ago', async () => {
  const runId = await runWithFile();
  await stores.tracking.runs.delete(runId);
  expect((await collectGarbage(stores, { deletedBefore: 1000 })).runs).toBe(0);
  expect((await collectGarbage(stores, { deletedBefore: Date.now() + 1000 })).runs).toBe(1);
});

test('collectGarbage() makes no directory where there are no files', async () => {
  const place = join(directory, 'elsewhere', 'models');
  const experimentId = await stores.tracking.experiments.create({
    name: 'b',
    artifactLocation: `file://${place}`,
  });
  const { info } = await stores.tracking.runs.create({ experimentId });
  await stores.tracking.runs.delete(info.runId);
  expect(await collectGarbage(stores)).toMatchObject({ runs: 1, left: [], failed: [] });
  expect(existsSync(place)).toBe(false);
});

test("removeFiles() removes what is the owner's alone, leaves what others may share, and tells what fails", async () => {
  const outcome = async (uri: string) => (await removeFiles({ owner: 'r1', uri }, stores.artifacts)).outcome;
  const place = join(directory, 'own');
  await mkdir(join(place, 'r1', 'artifacts', 'model'), { recursive: true });
  await mkdir(join(place, 'r2'));
  expect(await outcome(`file://${place}/r1/artifacts`)).toBe('removed');
  expect(await readdir(place)).toEqual(['r2']);
  expect(await outcome(`file://${place}`)).toBe('left');
  expect(await outcome(`file://${place}/r2/artifacts`)).toBe('left');
  expect(await outcome('http://server/r1/artifacts')).toBe('left');
  expect(await outcome('nosuchscheme://bucket/r1/artifacts')).toBe('failed');
});

test('deleteForGood() takes active runs too, by the beginning of their ids', async () => {
  const runId = await runWithFile();
  const { targets } = await deleteForGood(stores, [runId.slice(0, 10)]);
  expect(targets.runs.map(({ info }) => info.runId)).toEqual([runId]);
  await expect(stores.tracking.runs.get(runId)).rejects.toThrow('not found');
  expect(await stores.artifacts.stat(fileOf(runId))).toBeUndefined();
});
