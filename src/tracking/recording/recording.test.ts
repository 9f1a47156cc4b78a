// Spools and their sender: against a store, and against servers that are well, down, slow, hanging or of another opinion.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { migrate, openBlobStore, openDatabase } from '../../store/index.ts';
import {
  loggedModelsMigration,
  openTracking,
  replaySpool,
  Spool,
  type SpoolHeader,
  SpoolSender,
  storeTarget,
  type Tracking,
  trackingMigration,
} from '../index.ts';
import { mlflowTarget } from './mlflow-target.ts';

let directory: string;
const cleanUp: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-recording-'));
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
  rmSync(directory, { recursive: true, force: true });
});

const quick = { backOff: { first: 5, longest: 20 } };
const header: SpoolHeader = {
  type: 'run',
  key: '0123456789abcdef0123456789abcdef',
  destination: 'here',
  identity: 'i',
  experiment: 'e',
  name: 'n',
  userId: 'u',
  startTime: 5,
  tags: [{ key: 'a', value: '1' }],
};

async function openStore(): Promise<{
  tracking: Tracking;
  open: () => Promise<ReturnType<typeof storeTarget>>;
}> {
  const database = await openDatabase(`sqlite:${join(directory, 'tracking.db')}`);
  await migrate(database, [trackingMigration, loggedModelsMigration]);
  const tracking = await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
  const artifacts = await openBlobStore(join(directory, 'artifacts'));
  cleanUp.push(() => database.close());
  return { tracking, open: async () => storeTarget({ tracking, artifacts, description: 'here' }) };
}

function step(spool: Spool, number: number, values: Record<string, number> = { loss: 1 / number }): void {
  spool.append({ type: 'metrics', series: 'training', step: number, timestamp: number, values });
}

async function history(tracking: Tracking, runId: string, key = 'loss') {
  const { items } = await tracking.history.page((await tracking.runs.find(runId)).id, { key });
  return items.map(({ step: at, value }) => [at, value]);
}

type Answer = { readonly status: number; readonly body?: unknown } | 'hang';

/** A server that answers as told; tells what it was asked. */
async function serve(answer: (path: string, body: Record<string, unknown>) => Answer) {
  const asked: string[] = [];
  const headers: (string | undefined)[] = [];
  const server: Server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace('/api/2.0/', '').split('?')[0] ?? '';
    const body = await textOf(request);
    asked.push(path);
    headers.push(request.headers.authorization);
    const told = answer(path, path.startsWith('mlflow/') && body !== '' ? JSON.parse(body) : {});
    if (told === 'hang') return;
    response.writeHead(told.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(told.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, asked, headers };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

const run = { info: { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r/artifacts' } };
/** As MLflow answers when all is well. */
function well(path: string): Answer {
  if (path.endsWith('get-by-name')) return { status: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST' } };
  if (path.endsWith('experiments/create')) return { status: 200, body: { experiment_id: '1' } };
  if (path.endsWith('runs/create')) return { status: 200, body: { run } };
  return { status: 200 };
}

test('a spool is delivered to a store in order, whole, and once however often it is replayed', async () => {
  const { tracking, open } = await openStore();
  const spool = Spool.create(join(directory, 'out', 'spool'), header);
  step(spool, 1);
  const sender = new SpoolSender(spool.directory, { open, ...quick });
  sender.start();
  for (let at = 2; at <= 1500; at++) step(spool, at);
  step(spool, 1501, { odd: Number.NaN, big: Number.POSITIVE_INFINITY });
  spool.append({ type: 'params', params: [{ key: 'p', value: '1' }] });
  const dataset = { name: 'd', digest: '1', sourceType: 'local', source: '{}' };
  spool.append({
    type: 'inputs',
    datasets: [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'training' }] }],
  });
  spool.artifact('notes/a.txt', { text: 'hello' });
  spool.append({ type: 'status', status: 'FINISHED', endTime: 9 });
  expect(await sender.finish({ patience: 20_000 })).toEqual({
    isComplete: true,
    runId: header.key,
    destination: 'here',
    refused: 0,
    trouble: undefined,
  });
  rmSync(join(spool.directory, 'position.json'));
  await replaySpool(directory, { open, ...quick });
  expect(await history(tracking, header.key)).toEqual(
    Array.from({ length: 1500 }, (_, i) => [i + 1, 1 / (i + 1)]),
  );
  const recorded = await tracking.runs.get(header.key);
  expect(recorded).toMatchObject({
    info: { name: 'n', userId: 'u', status: 'FINISHED', startTime: 5, endTime: 9 },
    params: [{ key: 'p', value: '1' }],
  });
  expect(recorded.metrics.find(({ key }) => key === 'odd')?.value).toBeNaN();
  expect(recorded.tags).toContainEqual({ key: 'hone.run_key', value: header.key });
  expect(readFileSync(join(directory, 'artifacts/1', header.key, 'artifacts/notes/a.txt'), 'utf8')).toBe(
    'hello',
  );
});

test('Spool goes on after a process that was killed within a line', async () => {
  const { tracking, open } = await openStore();
  const path = join(directory, 'spool');
  step(Spool.create(path, header), 1);
  appendFileSync(join(path, 'spool.jsonl'), '{"type":"metrics","ser');
  const again = Spool.open(path);
  expect(again?.state).toEqual({ lastStep: { training: 1, system: -1 }, status: undefined });
  if (again) step(again, 2);
  await replaySpool(path, { open, ...quick });
  expect(await history(tracking, header.key)).toEqual([
    [1, 1],
    [2, 0.5],
  ]);
});

test('Spool on a disk that takes nothing throws nothing and counts what is lost', () => {
  writeFileSync(join(directory, 'file'), '');
  const spool = Spool.create(join(directory, 'file', 'spool'), header);
  step(spool, 1);
  spool.artifact('a', { text: 'b' });
  expect(spool.lost).toBe(3);
});

test('SpoolSender tells a server everything, with its credentials, and makes the run once', async () => {
  const { url, asked, headers } = await serve(well);
  const open = async () => mlflowTarget(url, { environment: { MLFLOW_TRACKING_TOKEN: 'secret' } });
  const spool = Spool.create(join(directory, 'spool'), header);
  step(spool, 1);
  spool.artifact('a b.txt', { text: 'x' });
  spool.append({ type: 'status', status: 'FINISHED' });
  const delivery = await new SpoolSender(spool.directory, { open, ...quick }).finish({ patience: 20_000 });
  expect(delivery).toMatchObject({ isComplete: true, runId: 'r', destination: url });
  expect(asked).toEqual([
    'mlflow/experiments/get-by-name',
    'mlflow/experiments/create',
    'mlflow/runs/search',
    'mlflow/runs/create',
    'mlflow/runs/log-batch',
    'mlflow-artifacts/artifacts/1/r/artifacts/a%20b.txt',
    'mlflow/runs/update',
  ]);
  expect(new Set(headers)).toEqual(new Set(['Bearer secret']));
});

test('SpoolSender finds the run that a server made before its answer was lost', async () => {
  let isMade = false;
  const { url, asked } = await serve((path) => {
    if (path.endsWith('runs/search')) return { status: 200, body: isMade ? { runs: [run] } : {} };
    if (!path.endsWith('runs/create')) return well(path);
    isMade = true;
    return { status: 503 };
  });
  const spool = Spool.create(join(directory, 'spool'), header);
  const sender = new SpoolSender(spool.directory, { open: async () => mlflowTarget(url), ...quick });
  expect(await sender.finish({ patience: 20_000 })).toMatchObject({ isComplete: true, runId: 'r' });
  expect(asked.filter((path) => path.endsWith('runs/create'))).toHaveLength(1);
});

test('SpoolSender tries again what a server could not take, and passes over what it will not take', async () => {
  let failures = 3;
  const kept: unknown[] = [];
  const { url } = await serve((path, { metrics = [] }) => {
    if (!path.endsWith('log-batch')) return well(path);
    if (failures-- > 0) return { status: 429 };
    const points = metrics as { readonly key: string; readonly step: number }[];
    if (points.some(({ key }) => key === 'bad'))
      return { status: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'no such name' } };
    kept.push(...points.map((point) => point.step));
    return { status: 200 };
  });
  const spool = Spool.create(join(directory, 'spool'), header);
  for (let at = 1; at <= 9; at++) step(spool, at, at === 6 ? { bad: 1 } : { good: 1 });
  const options = { open: async () => mlflowTarget(url), ...quick };
  const delivery = await new SpoolSender(spool.directory, options).finish({ patience: 20_000 });
  expect(delivery).toMatchObject({ isComplete: true, refused: 1 });
  expect(delivery.trouble).toContain('no such name');
  expect(kept).toEqual([1, 2, 3, 4, 5, 7, 8, 9]);
  expect(readFileSync(join(spool.directory, 'refused.jsonl'), 'utf8')).toContain('"key":"bad"');
});

test.each([
  ['answers 500', () => ({ status: 500 }) as const],
  ['wants credentials', () => ({ status: 401 }) as const],
  ['hangs', () => 'hang' as const],
  ['is no MLflow', () => ({ status: 404 }) as const],
])(
  'SpoolSender leaves everything on disk for a server that %s, and delivers it when that is over',
  async (_, answer) => {
    let isWell = false;
    const { url } = await serve((path) => (isWell ? well(path) : answer()));
    const spool = Spool.create(join(directory, 'spool'), header);
    step(spool, 1);
    const options = { open: async () => mlflowTarget(url), ...quick };
    const first = await new SpoolSender(spool.directory, options).finish({ patience: 200 });
    expect(first).toMatchObject({ isComplete: false, runId: undefined });
    isWell = true;
    const [second] = await replaySpool(directory, options);
    expect(second).toMatchObject({ isComplete: true, runId: 'r', refused: 0, directory: spool.directory });
  },
);

test('SpoolSender says of artifacts that a server does not take by HTTP where they are kept, and records the rest', async () => {
  const { url, asked } = await serve((path) =>
    path.endsWith('runs/create')
      ? { status: 200, body: { run: { info: { run_id: 'r', artifact_uri: 's3://bucket/r' } } } }
      : well(path),
  );
  const spool = Spool.create(join(directory, 'spool'), header);
  spool.artifact('a', { text: 'x' });
  spool.append({ type: 'status', status: 'FINISHED' });
  const sender = new SpoolSender(spool.directory, { open: async () => mlflowTarget(url), ...quick });
  const delivery = await sender.finish({ patience: 20_000 });
  expect(delivery).toMatchObject({ isComplete: true, refused: 1 });
  expect(delivery.trouble).toContain("keeps those of this run at 's3://bucket/r'");
  expect(asked.at(-1)).toBe('mlflow/runs/update');
});

test('two senders do not overtake each other', async () => {
  const { open } = await openStore();
  const spool = Spool.create(join(directory, 'spool'), header);
  const first = new SpoolSender(spool.directory, { open, ...quick });
  first.start();
  const second = await new SpoolSender(spool.directory, { open, ...quick }).finish({ patience: 5000 });
  expect(second).toMatchObject({
    isComplete: false,
    trouble: expect.stringContaining(`process ${process.pid} on`),
  });
  expect(await first.finish({ patience: 5000 })).toMatchObject({ isComplete: true });
  expect(existsSync(join(spool.directory, 'sender.lock'))).toBe(false);
});

test('mlflowTarget refuses credentials in an address without repeating them, and what is no address', () => {
  for (const url of ['http://me:hidden@host', 'https://host/?token=hidden']) {
    expect(() => mlflowTarget(url)).toThrow(/MLFLOW_TRACKING_TOKEN/);
    expect(() => mlflowTarget(url)).not.toThrow(/hidden/);
  }
  for (const url of ['databricks', 'ftp://host']) expect(() => mlflowTarget(url)).toThrow(InputError);
});

test('replaySpool refuses a directory without a record', async () => {
  const { open } = await openStore();
  await expect(replaySpool(join(directory, 'none'), { open })).rejects.toThrow('there is none');
});
