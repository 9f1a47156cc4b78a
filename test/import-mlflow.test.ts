// The import over real connections: from Hone's server, from hostile ones, and by commands that are killed on the way.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { workflows } from '../src/app/index.ts';
import { mlflowFace, openArtifactRoots, serve } from '../src/server/index.ts';
import { artifactPath } from '../src/store/index.ts';
import { historyOf } from '../src/testing/history-of.ts';
import { postgresAvailable, sharedPostgres } from '../src/testing/postgres.ts';

const fixture = 'test/fixtures/mlruns';
const directory = mkdtempSync(join(tmpdir(), 'hone-import-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const { importHistory, describeProblem } = await workflows.importHistory();
const { openStores } = await workflows.stores();

/** Runs a command as a process. */
async function hone(...argv: string[]) {
  const child = spawn(process.execPath, ['bin/hone.js', ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { status, out, err };
}

/** A server with the fixture's history. */
async function fixtureServer() {
  const data = mkdtempSync(join(directory, 'server-'));
  await importHistory({ from: fixture, to: { data } });
  const stores = await openStores({ data });
  const artifacts = await openArtifactRoots(stores.artifacts);
  const server = await serve({ port: 0, faces: [mlflowFace({ ...stores, artifacts })] });
  const stop = async () => {
    await server.close();
    await stores.close();
  };
  return { url: server.url, context: stores, stop };
}

async function openedHistory(data: string, database?: string) {
  const stores = await openStores({ data, database });
  try {
    return await historyOf(stores);
  } finally {
    await stores.close();
  }
}

const noPostgres = await postgresAvailable();
test.each(noPostgres === undefined ? ['SQLite', 'PostgreSQL'] : ['SQLite'])(
  'a server on HTTP comes over as it was, to %s',
  async (kind) => {
    const server = await fixtureServer();
    const database = kind === 'SQLite' ? undefined : await (await sharedPostgres()).createDatabase();
    const to = { data: join(directory, kind), database };
    const report = await importHistory({ from: server.url, to, artifacts: true });
    expect(report.problems).toEqual([]);
    expect(report.counts).toMatchObject({ runs: { added: 5 }, versions: { added: 2 }, artifacts: 1 });
    const wanted = await historyOf(server.context);
    expect(await openedHistory(to.data, database)).toEqual(wanted);
    expect((await importHistory({ from: server.url, to, artifacts: true })).counts).toMatchObject({
      runs: { added: 0, updated: 2, unchanged: 3 },
      loggedModels: { unchanged: 1 },
      registeredModels: { unchanged: 1 },
      versions: { unchanged: 2 },
      artifacts: 0,
    });
    await server.stop();
  },
);

test('artifacts that stay on their server are reached there, and come over later when they are wanted', async () => {
  const server = await fixtureServer();
  const to = { data: join(directory, 'later') };
  const artifactUris = async () => {
    const stores = await openStores(to);
    const { items } = await stores.tracking.experimentSearch.page({ view: 'all' });
    const experimentIds = items.map(({ id }) => id);
    const { items: runs } = await stores.tracking.runSearch.page({ experimentIds, view: 'all' });
    await stores.close();
    return runs.map(({ info }) => [info.name, info.artifactUri] as const);
  };
  await importHistory({ from: server.url, to });
  const [, remote = ''] = (await artifactUris()).find(([name]) => name === 'one') ?? [];
  expect(remote).toMatch(`${server.url}/api/2.0/mlflow-artifacts/artifacts/`);
  expect(await (await fetch(`${remote}/sub/${encodeURIComponent('ä.txt')}`)).text()).toBe('hello\n');
  const again = await importHistory({ from: server.url, to, artifacts: true });
  expect(again.counts).toMatchObject({ runs: { updated: 5 }, artifacts: 1 });
  for (const [, uri] of await artifactUris()) expect(uri).toMatch(/^mlflow-artifacts:\/\d+\//);
  // Once here, they stay here.
  await importHistory({ from: server.url, to });
  for (const [, uri] of await artifactUris()) expect(uri).toMatch(/^mlflow-artifacts:\/\d+\//);
  await server.stop();
});

/** A server that answers each path by what the table says. */
async function hostileServer(answers: Readonly<Record<string, (request: IncomingMessage) => unknown>>) {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://x').pathname.replace(/^.*\/mlflow\//, '');
    const answer = answers[path]?.(request);
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? { error_code: 'ENDPOINT_NOT_FOUND', message: '' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, server };
}

test('what a hostile server answers is told and leaves no file outside of its run', async () => {
  const info = {
    run_id: 'a'.repeat(32),
    experiment_id: '1',
    artifact_uri: 'mlflow-artifacts:/x',
    status: 'FINISHED',
  };
  const asked: (string | undefined)[] = [];
  let pages = 0;
  const { url, server } = await hostileServer({
    'experiments/search': () => {
      pages += 1;
      return {
        experiments: pages === 2 ? [{ experiment_id: '1', name: 'e' }, { name: 5 }] : [],
        next_page_token: 'same',
      };
    },
    'runs/search': () => ({
      runs: [{ info }, { info: { ...info, run_id: '../../x' } }, { info: { ...info, status: 'DONE' } }, 7],
    }),
    '/api/2.0/mlflow-artifacts/artifacts': (request) => {
      asked.push(request.url);
      return {
        files: [{ path: '../up' }, { path: 'a/b' }, { path: '..', is_dir: true }, { path: '%2e%2e%2fz' }],
      };
    },
  });
  const data = join(directory, 'hostile');
  const { problems, counts } = await importHistory({ from: url, to: { data }, artifacts: true });
  const told = problems.map(describeProblem);
  expect(counts.runs.added).toBe(1);
  for (const line of [
    /experiments: the server's answer is not MLflow's/,
    /run \.\.\/\.\.\/x: Invalid run ID/,
    /run: the server's answer is not MLflow's at 'info.status'/,
    /the name "\.\.\/up" is no file's/,
    /the name "\.\." is no file's/,
    /artifact "%2e%2e%2fz": Cannot use/,
  ])
    expect(told).toContainEqual(expect.stringMatching(line));
  expect(new Set(asked)).toEqual(new Set(['/api/2.0/mlflow-artifacts/artifacts?path=x']));
  const stores = await openStores({ data });
  expect(await stores.artifacts.stat(artifactPath('1'))).toBeUndefined();
  await stores.close();
  server.close();
});

test('hone import mlflow says what came over, reports as JSON, and ends with 0, 1 or 2', async () => {
  const data = join(directory, 'commands');
  const report = join(directory, 'report.json');
  const good = await hone('import', 'mlflow', '--from', fixture, '--data', data, '--report', report);
  expect(good).toMatchObject({ status: 0, out: expect.stringMatching(/^runs +5 new$/m) });
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({
    complete: true,
    counts: { metricPoints: 7 },
  });
  const again = await hone('import', 'mlflow', '--from', fixture, '--data', data);
  expect(again).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^runs +0 new, 2 updated, 3 unchanged$/m),
  });
  const spoilt = join(directory, 'spoilt');
  mkdirSync(join(spoilt, '1', 'r'), { recursive: true });
  writeFileSync(join(spoilt, '1', 'meta.yaml'), "experiment_id: '1'\nname: e\n");
  const bad = await hone('import', 'mlflow', '--from', spoilt, '--data', data, '--dry-run');
  expect(bad).toMatchObject({
    status: 1,
    out: expect.stringContaining('- 1/r/meta.yaml: file: it is missing'),
  });
  const wrong = await hone('import', 'mlflow', '--from', join(directory, 'nowhere'), '--data', data);
  expect(wrong).toMatchObject({
    status: 2,
    err: expect.stringContaining('there is no such file or directory'),
  });
  expect((await hone('import', 'mlflow')).status).toBe(2);
});

/** A folder that takes a second or so to import. */
function makeFolder(root: string, runs: number): void {
  mkdirSync(join(root, '5'), { recursive: true });
  writeFileSync(join(root, '5', 'meta.yaml'), "experiment_id: '5'\nname: many\n");
  for (let index = 0; index < runs; index++) {
    const runId = index.toString(16).padStart(32, '0');
    for (const part of ['params', 'tags', 'metrics', 'artifacts'])
      mkdirSync(join(root, '5', runId, part), { recursive: true });
    const at = (path: string) => join(root, '5', runId, path);
    const lifecycle = index % 5 === 0 ? 'deleted' : 'active';
    writeFileSync(
      at('meta.yaml'),
      `run_id: '${runId}'\nrun_name: r${index}\nstatus: 3\nstart_time: ${index}\nend_time: 9\nlifecycle_stage: ${lifecycle}\ndeleted_time: 8\n`,
    );
    writeFileSync(at('params/p'), String(index));
    writeFileSync(at('artifacts/file'), 'x'.repeat(index));
    for (const key of ['a', 'b'])
      writeFileSync(
        at(`metrics/${key}`),
        Array.from({ length: 1500 }, (_, step) => `${step} ${step / 7} ${step}\n`).join(''),
      );
  }
}

test('an import that is killed again and again comes to the same as one that was not', async () => {
  const folder = join(directory, 'many');
  makeFolder(folder, 60);
  const data = join(directory, 'killed');
  const command = ['bin/hone.js', 'import', 'mlflow', '--from', folder, '--data', data];
  let kills = 0;
  for (let life = 500; ; life *= 1.3) {
    const child = spawn(process.execPath, command, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    const [code] = await Promise.race([ended, sleep(life).then(() => ['late'])]);
    if (code === 0) break;
    expect(code).toBe('late');
    child.kill('SIGKILL');
    await ended;
    kills++;
  }
  expect(kills).toBeGreaterThan(1);
  const whole = join(directory, 'not-killed');
  expect((await importHistory({ from: folder, to: { data: whole } })).problems).toEqual([]);
  expect(await openedHistory(data)).toEqual(await openedHistory(whole));
});
