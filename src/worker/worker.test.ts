import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type Stores, workflows } from '../app/index.ts';
import { type Job, type JobState, type Jobs, openJobs } from '../jobs/index.ts';
import { testKind } from '../testing/worker/kind.ts';
import { startWorker, type Worker, type WorkerOptions } from './index.ts';

const { openStores } = await workflows.stores();
const root = mkdtempSync(join(tmpdir(), 'hone-worker-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let data: string;
let stores: Stores;
let jobs: Jobs;
let ended: Job[];
const workers: Worker[] = [];
const processes: ChildProcess[] = [];

beforeEach(async () => {
  data = mkdtempSync(join(root, 'data-'));
  stores = await openStores({ data });
  jobs = openJobs(stores.database, { backOffMs: 10 });
  ended = [];
});

afterEach(async () => {
  for (const child of processes.splice(0)) child.kill('SIGKILL');
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  jobs.close();
  await stores.close();
});

const gate = () => join(data, 'gate');

function work(more: Partial<WorkerOptions> = {}): Worker {
  const kinds = [testKind({ gate: gate() }, (job) => ended.push(job))];
  const worker = startWorker({ jobs, kinds, dataDirectory: data, leaseMs: 5000, pollMs: 50, ...more });
  workers.push(worker);
  return worker;
}

async function submit(what: string): Promise<string> {
  return (await jobs.submit({ kind: 'test', owner: 'ann', spec: { do: what } })).job.id;
}

async function untilState(id: string, state: JobState): Promise<Job> {
  for (;;) {
    const job = await jobs.get(id);
    if (job.state === state) return job;
    await jobs.waitForChange(id, { since: job.revision });
  }
}

const messages = async (id: string) => (await jobs.events(id)).events.map(({ message }) => message);
const fileOf = (id: string, name: string) => join(data, 'jobs', id, name);

async function untilThere(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('startWorker() carries a job out in a process of its own: events in order, progress, result', async () => {
  work();
  const id = await submit('tell');
  expect(await jobs.waitForEnd(id)).toMatchObject({
    ...{ state: 'succeeded', attempt: 1, progress: { step: 7 } },
    result: { attempt: 1, settings: { gate: gate() } },
  });
  expect(await messages(id)).toEqual(['one', 'two']);
  expect(Number(readFileSync(fileOf(id, 'pid'), 'utf8'))).not.toBe(process.pid);
  while (ended.length === 0) await sleep(10);
  expect(ended).toMatchObject([{ id, state: 'succeeded' }]);
});

test.each([
  ['fault', { code: 'invalid_training_file', message: 'The file is bad', param: 'training_file' }],
  ['numbers', { code: 'numeric_error', message: 'Loss is NaN' }],
])('startWorker() fails a job by what would fail again (%s), at the first start', async (what, error) => {
  work();
  expect(await jobs.waitForEnd(await submit(what))).toMatchObject({ state: 'failed', attempt: 1, error });
});

test('startWorker() starts a job again that the machine or a signal ended', async () => {
  work();
  const id = await submit('unsteady');
  expect(await jobs.waitForEnd(id)).toMatchObject({ state: 'succeeded', result: 3 });
  const [disk, crash] = await messages(id);
  expect(disk).toContain('The disk is full');
  expect(crash).toContain('ended by SIGKILL');
});

test('startWorker() cancels a running job that takes no notice', async () => {
  work();
  const id = await submit('forever');
  await untilThere(fileOf(id, 'pid'));
  await jobs.cancel(id);
  expect(await jobs.waitForEnd(id)).toMatchObject({ state: 'cancelled' });
  expect(isAlive(Number(readFileSync(fileOf(id, 'pid'), 'utf8')))).toBe(false);
});

test('a job that takes too much memory fails alone', async () => {
  work({ memoryLimit: 500 * 2 ** 20, concurrency: 2 });
  const [eater, other] = [await submit('eat'), await submit('parts')];
  expect(await jobs.waitForEnd(eater)).toMatchObject({
    ...{ state: 'failed', attempt: 1 },
    error: { code: 'out_of_memory', message: expect.stringContaining('0.49 GiB') },
  });
  writeFileSync(gate(), '');
  expect(await jobs.waitForEnd(other)).toMatchObject({ state: 'succeeded' });
});

test('a job that takes too long fails', async () => {
  work({ timeLimit: 400 });
  expect(await jobs.waitForEnd(await submit('forever'))).toMatchObject({
    ...{ state: 'failed', attempt: 1, error: { code: 'time_limit' } },
  });
});

test('pause and resume: the job goes on where it stopped', async () => {
  work();
  const id = await submit('parts');
  await untilThere(fileOf(id, 'done-5'));
  await jobs.pause(id);
  await untilState(id, 'paused');
  writeFileSync(gate(), '');
  await jobs.resume(id);
  expect(await jobs.waitForEnd(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
  expect(await messages(id)).toEqual(Array.from({ length: 10 }, (_, i) => `part ${i + 1}`));
});

test('stop() gives running jobs back to the queue, for another worker', async () => {
  const worker = work();
  const id = await submit('parts');
  await untilThere(fileOf(id, 'done-5'));
  await worker.stop(5000);
  expect(await jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0 });
  writeFileSync(gate(), '');
  work();
  expect(await jobs.waitForEnd(id)).toMatchObject({ state: 'succeeded', result: 'all' });
});

test('a worker that lost its lease ends the process and writes nothing', async () => {
  const worker = work();
  const id = await submit('forever');
  await untilThere(fileOf(id, 'pid'));
  expect(worker.running).toBe(1);
  // As if the worker had been away for an hour
  const later = openJobs(stores.database, { now: () => Date.now() + 3_600_000 });
  const taken = await later.claim({ worker: 'other', kinds: ['test'], leaseMs: 60_000 });
  expect(taken?.job.id).toBe(id);
  while (worker.running > 0) await sleep(20);
  expect(isAlive(Number(readFileSync(fileOf(id, 'pid'), 'utf8')))).toBe(false);
  expect(await jobs.get(id)).toMatchObject({ state: 'running', worker: 'other' });
  await taken?.succeed('by the other');
  expect(ended).toEqual([]);
});

test('a worker that is killed takes its jobs along; another goes on with them after the lease', async () => {
  const script = fileURLToPath(new URL('./test-support/worker-process.ts', import.meta.url));
  const first = spawn(process.execPath, [script, data, fileURLToPath(testKind({}).program), gate()], {
    stdio: 'ignore',
  });
  processes.push(first);
  const id = await submit('parts');
  await untilThere(fileOf(id, 'done-5'));
  const pid = Number(readFileSync(fileOf(id, 'pid'), 'utf8'));
  first.kill('SIGKILL');
  await once(first, 'exit');
  while (isAlive(pid)) await sleep(20);
  writeFileSync(gate(), '');
  work();
  expect(await jobs.waitForEnd(id)).toMatchObject({ state: 'succeeded', attempt: 2 });
  const parts = readdirSync(join(data, 'jobs', id)).filter((name) => name.startsWith('done-'));
  for (const part of parts) expect(readFileSync(fileOf(id, part), 'utf8')).toBe('x');
  expect(parts).toHaveLength(10);
});

test('startWorker() finishes what ended while nobody was there', async () => {
  const id = await submit('parts');
  const claimed = await jobs.claim({ worker: 'gone', kinds: ['test'], leaseMs: 1 });
  await claimed?.fail({ code: 'x', message: 'x' }, { retry: false });
  mkdirSync(join(data, 'jobs', id), { recursive: true });
  work();
  while (ended.length === 0) await sleep(10);
  expect(ended).toMatchObject([{ id, state: 'failed' }]);
});
