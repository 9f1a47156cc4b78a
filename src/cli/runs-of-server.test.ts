// Runs of a server, read over real HTTP: the same answers as from the stores behind it.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunSource, type Stores, workflows } from '../app/index.ts';
import { mlflowFace, openArtifactRoots, serve } from '../server/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

const { listRuns, openRunSource, serverOf, showRun } = await workflows.runs();

let directory: string;
let stores: Stores;
let server: Awaited<ReturnType<typeof serve>>;
let local: RunSource;
let remote: RunSource;
let runId: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-remote-'));
  const { openStores } = await workflows.stores();
  stores = await openStores({ data: directory });
  const artifacts = await openArtifactRoots(stores.artifacts);
  server = await serve({ host: '127.0.0.1', port: 0, faces: [mlflowFace({ ...stores, artifacts })] });
  local = await openRunSource({ data: directory });
  remote = await openRunSource({ uri: server.url });
  runId = await makeRun();
});
afterAll(async () => {
  await Promise.all([local.close(), remote.close()]);
  await server.close();
  await stores.close();
  await rm(directory, { recursive: true, force: true });
});

async function makeRun(): Promise<string> {
  const { runs, log, inputs, loggedModels } = stores.tracking;
  const { info } = await runs.create({ experimentId: '0', name: 'one', startTime: 5, userId: 'ada' });
  const { modelId } = await loggedModels.create({ experimentId: '0' });
  const values = [1, Number.NaN, 0.1 + 0.2];
  await log.batch(info.runId, {
    metrics: values.map((value, step) => ({ key: 'loss', value, step, timestamp: step })),
    params: [{ key: 'lr', value: '0.1' }],
    tags: [{ key: 'team', value: 'ü' }],
  });
  const dataset = { name: 'd', digest: 'x', sourceType: 'local', source: '{}' };
  await inputs.log(info.runId, { datasets: [{ dataset, tags: [] }], models: [modelId] });
  await inputs.logOutputs(info.runId, [{ modelId, step: 3 }]);
  const folder = join(directory, 'artifacts', '0', info.runId, 'artifacts', 'a');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'b.txt'), 'abc');
  return info.runId;
}

test('a server tells of a run what the stores tell', async () => {
  const [here, there] = [await showRun(local, runId), await showRun(remote, runId.slice(0, 8))];
  expect(there).toEqual(here);
  expect(there.artifacts.entries).toEqual([
    { path: 'a', isDirectory: true, size: 0 },
    { path: 'a/b.txt', isDirectory: false, size: 3 },
  ]);
});

test('a server is searched page by page', async () => {
  for (let i = 0; i < 3; i++) await stores.tracking.runs.create({ experimentId: '0', startTime: i });
  const query = { experimentIds: ['0'], maxResults: 3 };
  const first = await remote.search(query);
  const { nextPageToken } = first;
  const second = await remote.search({ ...query, ...(nextPageToken && { pageToken: nextPageToken }) });
  expect([first.items.length, second.items.length, second.nextPageToken]).toEqual([3, 1, undefined]);
  const list = await listRuns(remote, { limit: 2, filter: "tags.team = 'ü'" });
  expect(list.runs.map(({ info }) => info.name)).toEqual(['one']);
});

test('hone runs works on a server by --uri, but deletes for good only where the stores are', async () => {
  const hone = async (...argv: string[]) => {
    const { terminal, written } = capturedTerminal();
    return { status: await run([...argv, '--uri', server.url], terminal), ...written };
  };
  expect((await hone('runs', 'ls', '--filter', "params.lr = '0.1'")).out).toMatch(
    /^run .*\n\w{8} +one +RUNNING/,
  );
  expect((await hone('runs', 'leaderboard', '--metric', 'loss')).out).toMatch(/^ +1 +0\.3/m);
  expect((await hone('runs', 'export', '--history')).out.trimEnd().split('\n')).toHaveLength(4);
  expect((await hone('runs', 'delete', runId)).status).toBe(0);
  expect((await stores.tracking.runs.info(runId)).lifecycle).toBe('deleted');
  expect((await hone('runs', 'restore', runId)).status).toBe(0);
  expect((await stores.tracking.runs.info(runId)).lifecycle).toBe('active');
  const refused = await hone('runs', 'delete', runId, '--permanent', '--yes');
  expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('over HTTP')]);
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
