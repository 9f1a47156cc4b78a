// Runs of a server, read over real HTTP: the same answers as from the stores behind it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArtifactRoots, serve } from '../../../server/index.ts';
import { artifactPath } from '../../../store/index.ts';
import { openStores, type Stores } from '../../stores.ts';
import { listRuns } from './list-runs.ts';
import { openRunSource, serverOf } from './open-run-source.ts';
import type { RunSource } from './run-source.ts';
import { serverSource } from './server-source.ts';
import { showRun } from './show-run.ts';
import { storeSource } from './store-source.ts';

let directory: string;
let stores: Stores;
let server: Awaited<ReturnType<typeof serve>>;
let remote: RunSource;
let runId: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-remote-'));
  stores = await openStores({ data: directory });
  const artifacts = await openArtifactRoots(stores.artifacts);
  server = await serve({ host: '127.0.0.1', port: 0, context: { ...stores, artifacts } });
  remote = serverSource(server.url);
  const { runs, log, inputs, loggedModels } = stores.tracking;
  const { info } = await runs.create({ experimentId: '0', name: 'one', startTime: 5, userId: 'ada' });
  runId = info.runId;
  const { modelId } = await loggedModels.create({ experimentId: '0' });
  const values = [1, Number.NaN, 0.1 + 0.2];
  await log.batch(runId, {
    metrics: values.map((value, step) => ({ key: 'loss', value, step, timestamp: step })),
    params: [{ key: 'lr', value: '0.1' }],
    tags: [{ key: 'team', value: 'ü' }],
  });
  const dataset = { name: 'd', digest: 'x', sourceType: 'local', source: '{}' };
  await inputs.log(runId, { datasets: [{ dataset, tags: [] }], models: [modelId] });
  await inputs.logOutputs(runId, [{ modelId, step: 3 }]);
  await stores.artifacts.write(artifactPath(`0/${runId}/artifacts/a/b.txt`), new Uint8Array(3));
});
afterAll(async () => {
  await remote.close();
  await server.close();
  await stores.close();
  await rm(directory, { recursive: true, force: true });
});

test('serverSource() tells of a run what the stores tell', async () => {
  const [here, there] = [await showRun(storeSource(stores), runId), await showRun(remote, runId.slice(0, 8))];
  expect(there).toEqual(here);
  expect(there.artifacts.entries).toEqual([
    { path: 'a', isDirectory: true, size: 0 },
    { path: 'a/b.txt', isDirectory: false, size: 3 },
  ]);
});

test('serverSource() searches page by page', async () => {
  for (let i = 0; i < 3; i++) await stores.tracking.runs.create({ experimentId: '0', startTime: i });
  const query = { experimentIds: ['0'], maxResults: 3 };
  const first = await remote.search(query);
  const { nextPageToken } = first;
  const second = await remote.search({ ...query, ...(nextPageToken && { pageToken: nextPageToken }) });
  expect([first.items.length, second.items.length, second.nextPageToken]).toEqual([3, 1, undefined]);
  const list = await listRuns(remote, { limit: 2, filter: "tags.team = 'ü'" });
  expect(list.runs.map(({ info }) => info.name)).toEqual(['one']);
});

test('serverSource() deletes and restores', async () => {
  await remote.deleteRun(runId);
  expect((await stores.tracking.runs.info(runId)).lifecycle).toBe('deleted');
  await remote.restoreRun(runId);
  expect((await remote.get(runId)).info.lifecycle).toBe('active');
});

test('openRunSource() refuses addresses that are none and tells what does not answer', async () => {
  await expect(openRunSource({ uri: 'ftp://x' })).rejects.toThrow("Cannot use --uri 'ftp://x'");
  await expect(openRunSource({ uri: 'http://a:b@localhost' })).rejects.toThrow('MLFLOW_TRACKING_USERNAME');
  const nobody = await openRunSource({ uri: 'http://127.0.0.1:1' });
  await expect(nobody.experiments()).rejects.toThrow('Cannot reach http://127.0.0.1:1');
});

test('serverOf() takes MLFLOW_TRACKING_URI only where no place is named', () => {
  const env = { MLFLOW_TRACKING_URI: 'http://there' };
  expect(serverOf({}, env)).toBe('http://there');
  expect(serverOf({ data: 'x' }, env)).toBeUndefined();
  expect(serverOf({ uri: 'http://here' }, env)).toBe('http://here');
  expect(serverOf({}, { MLFLOW_TRACKING_URI: './mlruns' })).toBeUndefined();
});
