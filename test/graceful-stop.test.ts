// A server that is stopped or killed under load: texts under way end, jobs go on elsewhere as if nothing had happened, nothing is lost.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { workflows } from '../src/app/index.ts';
import { writeTinyChatModel } from '../src/testing/tiny-chat-model.ts';
import { end, endAll, type HoneProcess, startHone } from './chaos/hone-process.ts';
import { lossesOf } from './chaos/outcome.ts';

const root = mkdtempSync(join(tmpdir(), 'hone-stop-'));
const data = join(root, 'data');
const base = join(root, 'small');
const answerTokens = 700;
const places = ['--data', data, '--model', base, '--log-level', 'error', '--lease', '3'];

type Server = HoneProcess & { readonly url: string; readonly client: OpenAI };

let server: Server;
let undisturbed: readonly unknown[];
let trainingFile: string;

beforeAll(async () => {
  // Large enough that an answer takes a second or more
  const sizes = 'hiddenSize=128,layers=4,heads=4,keyValueHeads=2,maxPositions=1024';
  await writeTinyChatModel(base, 5, { sizes });
  server = await startServer();
  trainingFile = await upload();
  const id = await tune();
  await untilEnded(id);
  undisturbed = await lossesOf(metricsOf(id));
  expect(undisturbed).toHaveLength(120);
}, 120_000);
afterEach(async () => {
  await end(server, 'SIGKILL');
});
afterAll(() => {
  endAll();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

async function startServer(): Promise<Server> {
  const started = await startHone(['server', '--port', '0', '--grace', '30', ...places]);
  const url = / at (http:\S+)$/.exec(started.said)?.[1] ?? '';
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  return { ...started, url, client };
}

const rows = Array.from({ length: 40 }, (_, i) => ({
  messages: [
    { role: 'user', content: `Where is parcel ${i}?` },
    { role: 'assistant', content: `Parcel ${i} is on its way.` },
  ],
}));
const trainingText = rows.map((row) => JSON.stringify(row)).join('\n');

async function upload(): Promise<string> {
  const file = await toFile(Buffer.from(trainingText), 'data.jsonl');
  return (await server.client.files.create({ file, purpose: 'fine-tune' })).id;
}

async function tune(): Promise<string> {
  const supervised = { hyperparameters: { n_epochs: 3, batch_size: 1 } };
  const { id } = await server.client.fineTuning.jobs.create({
    ...{ model: 'small', training_file: trainingFile, seed: 1 },
    method: { type: 'supervised', supervised },
  });
  return id;
}

const metricsOf = (id: string) => join(data, 'jobs', id, 'run', 'metrics.jsonl');

/** Waits until a job has trained so many steps. */
async function untilStep(id: string, step: number): Promise<void> {
  const rows = () => readFileSync(metricsOf(id), 'utf8').split('\n').length - 1;
  while (!existsSync(metricsOf(id)) || rows() < step) await sleep(10);
}

async function untilEnded(id: string): Promise<void> {
  for (;;) {
    const { status, error } = await server.client.fineTuning.jobs.retrieve(id);
    if (status === 'failed' || status === 'cancelled')
      throw new Error(`The job is ${status}: ${error?.message}`);
    if (status === 'succeeded') return;
    await sleep(100);
  }
}

async function messagesOf(id: string): Promise<string[]> {
  const messages: string[] = [];
  for await (const { message } of server.client.fineTuning.jobs.listEvents(id, { limit: 100 }))
    messages.push(message);
  return messages.reverse();
}

/** Begins a long answer; `begun` resolves with its first part, `whole` to the number of tokens once it has ended. */
function stream(prompt: string) {
  const begun = Promise.withResolvers<void>();
  const whole = (async () => {
    const parts = await server.client.chat.completions.create({
      ...{
        model: 'small',
        messages: [{ role: 'user', content: prompt }],
        stream: true,
        max_tokens: answerTokens,
      },
      ...{ stream_options: { include_usage: true }, logit_bias: neverEnding() },
    });
    let tokens = 0;
    for await (const { choices, usage } of parts) {
      if (choices.length > 0) begun.resolve();
      tokens = usage?.completion_tokens ?? tokens;
    }
    return tokens;
  })();
  whole.catch(begun.reject);
  return { begun: begun.promise, whole };
}

/** No token that would end an answer. */
function neverEnding(): Record<string, number> {
  const { eos_token_id } = JSON.parse(readFileSync(join(base, 'config.json'), 'utf8'));
  return Object.fromEntries([eos_token_id].flat().map((id: number) => [String(id), -100]));
}

/** Each step once, and from a checkpoint: all of it told. */
async function checkResumed(id: string): Promise<void> {
  expect(await lossesOf(metricsOf(id))).toEqual(undisturbed);
  const messages = await messagesOf(id);
  expect(
    messages.filter((message) => message.startsWith('Step ')).map((message) => message.split(':')[0]),
  ).toEqual(undisturbed.map((_, i) => `Step ${i + 1}/120`));
  expect(messages.filter((message) => message === 'The job has successfully completed')).toHaveLength(1);
  expect(messages.some((message) => message.startsWith('Going on from the checkpoint of step '))).toBe(true);
}

test('SIGTERM: answers under way end, whoever comes is told to come again, another worker goes on with the job', async () => {
  const id = await tune();
  await untilStep(id, 45);
  const streams = ['one', 'two', 'three', 'four'].map(stream);
  await Promise.all(streams.map(({ begun }) => begun));
  const stopped = end(server, 'SIGTERM');
  const refusals: unknown[] = [];
  while (refusals.length === 0) {
    await server.client.models.list().catch((error: unknown) => refusals.push(error));
    await sleep(5);
  }
  expect(refusals[0]).toMatchObject({
    ...{ status: 503, type: 'server_error' },
    message: '503 The server is stopping; send the request again',
  });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  expect(await Promise.all(streams.map(({ whole }) => whole))).toEqual(streams.map(() => answerTokens));
  expect(await stopped).toBe(0);

  const { jobs, close } = await (await workflows.stores()).openStores({ data });
  expect(await jobs.get(id)).toMatchObject({ state: 'queued', attempt: 0 });
  const worker = await startHone(['worker', ...places]);
  expect(await jobs.waitForEnd(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
  expect(await end(worker, 'SIGTERM')).toBe(0);
  await close();
  server = await startServer();
  await checkResumed(id);
}, 120_000);

test('SIGKILL: what was acknowledged is there after the next start, and the job goes on by itself', async () => {
  server = await startServer();
  const id = await tune();
  const runId = await track();
  await untilStep(id, 45);
  const { begun, whole } = stream('one');
  await begun;
  const { pid } = JSON.parse(readFileSync(join(data, 'jobs', id, 'job.lock'), 'utf8'));
  await end(server, 'SIGKILL');
  await expect(whole).rejects.toThrow();
  while (isAlive(pid)) await sleep(20);

  server = await startServer();
  const content = await server.client.files.content(trainingFile);
  expect(await content.text()).toBe(trainingText);
  const tracked = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${runId}`);
  expect(await tracked.json()).toMatchObject({ run: { data: { metrics: [{ key: 'loss', value: 7 }] } } });
  await untilEnded(id);
  await checkResumed(id);
}, 120_000);

/** A run with one metric. */
async function track(): Promise<string> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' };
    const url = `${server.url}/api/2.0/mlflow/${path}`;
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };
  const { run } = (await post('runs/create', { experiment_id: '0' })) as {
    run: { info: { run_id: string } };
  };
  const { run_id } = run.info;
  await post('runs/log-metric', { run_id, key: 'loss', value: 7, timestamp: 1, step: 1 });
  return run_id;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
