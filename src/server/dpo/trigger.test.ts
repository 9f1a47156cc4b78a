import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClaimedJob } from '../../jobs/index.ts';
import { type DpoServer, records, startDpo } from '../test-support/start-dpo.ts';

let server: DpoServer;
beforeAll(async () => {
  server = await startDpo({ env: { DPO_ALLOW_PRIVATE_DATASETS: 'true' } });
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server.stop();
});

let number = 0;
const second = (more: object = {}) => ({
  kb_id: `kb-${number++}`,
  exp_name: 'exp',
  dataset_inline: records(2),
  ...more,
});

const trigger = (body: unknown, headers: Record<string, string> = {}) =>
  server.ask('POST /trigger-finetune', { body, headers });

/** Ends the next job as its worker would, without a model. */
async function end(how: (job: ClaimedJob) => Promise<unknown>): Promise<ClaimedJob> {
  const claimed = await server.claim();
  await how(claimed);
  return claimed;
}

async function clear(): Promise<void> {
  const { jobs } = await server.services.stores.jobs.list({ states: ['queued'] });
  for (const { id } of jobs) await server.ask(`DELETE /runs/${id}`);
}

async function text(id: string): Promise<string> {
  const { stream } = await server.services.stores.files.open(id);
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

const result = (model: string) => ({
  ...{ model, trainedTokens: 1, resultFiles: [], checkpoints: [], runId: null, directory: '' },
  hyperparameters: { epochs: 1, batchSize: 1, learningRateMultiplier: 1 },
});

test('the first shape is answered when the run is done, under both spellings of the path', async () => {
  for (const path of ['/trigger-finetune', '/trigger_finetune']) {
    const asked = server.ask(`POST ${path}`, { body: { communityId: 'team', dataset: records(1) } });
    await end((job) => job.succeed(result('tiny')));
    const { status, body } = await asked;
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'success', policy_path: expect.stringMatching(/model-0$/) });
  }
});

test('the first shape is answered at once where that is preferred', async () => {
  const body = { communityId: 'team', dataset: records(1) };
  const answer = await trigger(body, { prefer: 'wait=10, Respond-Async;x=1' });
  expect(answer.status).toBe(202);
  expect(answer.headers.get('preference-applied')).toBe('respond-async');
  const { run_id } = answer.body as { run_id: string };
  expect(answer.body).toEqual({ run_id, status: 'queued' });
  expect(answer.headers.get('location')).toBe(`/runs/${run_id}`);
  await clear();
});

test.each([
  [{ code: 'invalid_training_file', message: 'Record 1 is wrong' }, 400],
  [{ code: 'numeric_error', message: 'The loss is NaN' }, 400],
  [{ code: 'time_limit', message: 'It took longer' }, 504],
  [{ code: 'out_of_memory', message: 'No memory' }, 500],
  [{ code: 'worker_lost', message: 'Lost' }, 500],
] as const)('a run that fails by %j is answered with %i and the reason', async (error, status) => {
  const asked = trigger({ communityId: 'team', dataset: records(1) });
  const { job } = await end((claimed) => claimed.fail(error, { retry: false }));
  const answer = await asked;
  expect(answer.status).toBe(status);
  expect(answer.body).toEqual({ detail: `The run '${job.id}' failed: ${error.message}` });
  if (status >= 500) (server.faults as string[]).splice(0);
});

test('a run that is cancelled meanwhile is answered with 409', async () => {
  const asked = trigger({ communityId: 'team', dataset: records(1) });
  const claimed = await server.claim();
  const cancelling = server.ask(`DELETE /runs/${claimed.job.id}`);
  while ((await claimed.heartbeat()) !== 'cancel');
  await claimed.cancelled();
  expect((await cancelling).body).toEqual({ status: 'cancelled' });
  expect((await asked).status).toBe(409);
});

test('a run goes on when its caller goes away', async () => {
  const leave = new AbortController();
  const body = { communityId: 'team', dataset: records(1) };
  const asked = server.ask('POST /trigger-finetune', { body, signal: leave.signal });
  const claimed = await server.claim();
  leave.abort();
  await expect(asked).rejects.toThrow();
  expect(await claimed.heartbeat()).toBe('go-on');
  await claimed.succeed(result('tiny'));
  const { body: run } = await server.ask(`GET /runs/${claimed.job.id}`);
  expect(run).toMatchObject({ status: 'completed' });
});

test('the second shape is answered at once, and asks for what it says', async () => {
  const { status, body } = await trigger(second({ kb_id: 'support', base_model: 'tiny', algo: 'ipo' }));
  expect(status).toBe(200);
  const { run_id } = body as { run_id: string };
  expect(body).toEqual({ run_id, status: 'queued' });
  const { job } = await end((claimed) => claimed.succeed(result('tiny')));
  expect(job.id).toBe(run_id);
  expect(job.groupKey).toBe('dpo');
  expect(job.spec).toMatchObject({
    ...{ model: 'tiny', method: 'dpo', suffix: 'exp', seed: 0, deleteFiles: true, timeLimitSeconds: 3600 },
    hyperparameters: { epochs: 1, beta: 0.1 },
    overrides: { dpo: { loss: 'ipo' } },
  });
});

test('records of both formats become one; those of one prompt stay several', async () => {
  const pair = { prompt: 'Hi', chosen: 'Hello', rejected: 'What' };
  const own = {
    prompt: 'Hi',
    responses: ['a', 'b', 'c'],
    pairs: [[2, 0]],
    sft_target: 'c',
    note: 'kept out',
  };
  await trigger(second({ dataset_inline: [pair, own, pair], algo: 'sft' }));
  const { job } = await end((claimed) => claimed.succeed(result('tiny')));
  expect(job.spec).toMatchObject({ method: 'supervised' });
  const file = (job.spec as { trainingFile: string }).trainingFile;
  const lines = (await text(file)).trim().split('\n');
  const converted = { prompt: 'Hi', responses: ['Hello', 'What'], pairs: [[0, 1]], sft_target: 'Hello' };
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    converted,
    { prompt: 'Hi', responses: ['a', 'b', 'c'], pairs: [[2, 0]], sft_target: 'c' },
    converted,
  ]);
});

test.each([
  ['no JSON', '{"kb_id"', 'no JSON'],
  ['a list', '[]', 'the body'],
  ['neither shape', {}, 'communityId, dataset'],
  [
    'both shapes',
    { communityId: 'a', kb_id: 'b', dataset: [] },
    'communityId, dataset belong to one shape, kb_id',
  ],
  ['a first shape without data', { communityId: 'a' }, "'dataset'"],
  ['a first shape without a name', { dataset: records(1) }, "'communityId'"],
  ['a name that is a number', { communityId: 5, dataset: records(1) }, "'communityId'"],
  ['a name with a line break', { communityId: 'a\nb', dataset: records(1) }, "'communityId'"],
  ['no kb_id', { exp_name: 'a', dataset_inline: records(1) }, "'kb_id'"],
  ['no exp_name', { kb_id: 'a', dataset_inline: records(1) }, "'exp_name'"],
  ['no data', { kb_id: 'a', exp_name: 'b' }, 'neither is given'],
  ['both data', second({ dataset_url: 'http://a/' }), 'both are given'],
  ['an unknown method', second({ algo: 'ppo' }), "'algo'"],
  ['an unknown model', second({ base_model: 'mistral-large' }), 'it has tiny'],
  ['data that are no list', second({ dataset_inline: { a: 1 } }), "'dataset_inline'"],
  ['no records', second({ dataset_inline: [] }), 'dataset_inline is empty'],
  [
    'a file',
    second({ dataset_url: 'file:///etc/passwd', dataset_inline: undefined }),
    "its protocol is 'file'",
  ],
] as const)('a body with %s is refused', async (_, body, reason) => {
  const { status, body: answer } = await trigger(body);
  expect(status).toBe(400);
  expect((answer as { detail: string }).detail).toContain(reason);
});

test('every wrong record is told with its place and reason, up to a bound', async () => {
  const good = { prompt: 'p', responses: ['a', 'b'], pairs: [[0, 1]], sft_target: 'a' };
  const wrong: readonly (readonly [unknown, string])[] = [
    [null, 'it is no object'],
    [[], 'it is no object'],
    [{ ...good, prompt: ' ' }, "'prompt'"],
    [{ ...good, prompt: 5 }, "'prompt'"],
    [{ ...good, responses: ['a'] }, "'responses'"],
    [{ ...good, responses: ['a', 5] }, "'responses'"],
    [{ ...good, responses: 'ab' }, "'responses'"],
    [{ ...good, pairs: [] }, "'pairs'"],
    [
      {
        ...good,
        pairs: [
          [0, 1],
          [0, 2],
        ],
      },
      'pairs[1]',
    ],
    [{ ...good, pairs: [[0, 0]] }, 'pairs[0]'],
    [{ ...good, pairs: [[0, -1]] }, 'pairs[0]'],
    [{ ...good, pairs: [[0.5, 1]] }, 'pairs[0]'],
    [{ ...good, pairs: [['0', 1]] }, 'pairs[0]'],
    [{ ...good, pairs: [[0, 1, 1]] }, 'pairs[0]'],
    [{ ...good, responses: ['a', 'a'] }, 'pairs[0]'],
    [{ ...good, sft_target: 'c' }, "'sft_target'"],
    [{ prompt: 'p', chosen: 'a' }, "'rejected'"],
    [{ prompt: 'p', chosen: '', rejected: 'b' }, "'chosen'"],
    [{ prompt: 'p', chosen: 'a', rejected: 'a' }, 'the same'],
  ];
  const dataset = [good, ...wrong.map(([record]) => record)];
  const { status, body } = await trigger({ communityId: 'a', dataset });
  expect(status).toBe(400);
  const { detail } = body as { detail: string };
  expect(detail).toContain(`${wrong.length} of its ${dataset.length} records are wrong`);
  for (const [i, [, reason]] of wrong.entries()) {
    const line = detail.split('\n').find((one) => one.includes(`dataset[${i + 1}]:`));
    expect(line).toContain(reason);
  }
  const many = await trigger({ communityId: 'a', dataset: Array.from({ length: 100 }, () => 5) });
  expect((many.body as { detail: string }).detail.split('\n')).toHaveLength(22);
});

test('no file is left of a request that is refused, and none of a run that is cancelled', async () => {
  const count = async () => (await server.services.stores.files.list()).items.length;
  const before = await count();
  await trigger(second({ base_model: 'unknown' }));
  await trigger(second({ dataset_inline: [5] }));
  expect(await count()).toBe(before);
  const ids = await Promise.all([second(), second()].map(async (body) => (await trigger(body)).body));
  expect(await count()).toBe(before + 2);
  const jobs = await server.services.stores.jobs.list({ limit: 2 });
  const files = jobs.jobs.map(({ spec }) => (spec as { trainingFile: string }).trainingFile);
  expect(new Set(files).size).toBe(2);
  for (const { run_id } of ids as { run_id: string }[]) {
    expect((await server.ask(`DELETE /runs/${run_id}`)).body).toEqual({ status: 'cancelled' });
  }
  expect(await count()).toBe(before);
});

test('an Idempotency-Key makes one run, also at once, and holds for ten minutes', async () => {
  const body = second();
  const headers = { 'idempotency-key': 'abc' };
  const answers = await Promise.all([1, 2, 3, 4].map(() => trigger(body, headers)));
  const ids = new Set(answers.map((answer) => (answer.body as { run_id?: string }).run_id));
  expect(ids.size).toBe(1);
  expect((await trigger(body, headers)).body).toEqual(answers[0]?.body);
  const other = await trigger(second(), headers);
  expect(other.status).toBe(422);
  expect((other.body as { detail: string }).detail).toContain('sent with another request');
  const { items } = await server.services.stores.files.list({ purpose: 'fine-tune' });
  const active = await server.services.stores.jobs.list({ states: ['queued'] });
  expect(active.jobs).toHaveLength(1);
  expect(
    items.filter(({ id }) =>
      active.jobs.some(({ spec }) => (spec as { trainingFile: string }).trainingFile === id),
    ),
  ).toHaveLength(1);
  expect((await trigger(body, { 'idempotency-key': 'a b' })).status).toBe(400);
  await clear();
});

test('the first shape waits for the run of its Idempotency-Key', async () => {
  const body = { communityId: 'team', dataset: records(1) };
  const headers = { 'idempotency-key': 'first' };
  const asked = [trigger(body, headers), trigger(body, headers)];
  await end((job) => job.succeed(result('tiny')));
  const [one, other] = await Promise.all(asked);
  expect(one?.status).toBe(200);
  expect(other?.body).toEqual(one?.body);
  expect((await trigger(body, headers)).body).toEqual(one?.body);
});

test('a kb_id has one run at a time, also of those asked for at once', async () => {
  const body = second({ kb_id: 'one' });
  const answers = await Promise.all([1, 2, 3].map(() => trigger(body)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 429, 429]);
  const refused = await trigger(body);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  await end((job) => job.succeed(result('tiny')));
  expect((await trigger(body)).status).toBe(200);
  await clear();
  expect(
    (await server.services.stores.files.list()).items.filter(({ filename }) => filename === 'exp.jsonl')
      .length,
  ).toBeLessThan(10);
});

test('dataset_url is fetched, unpacked and checked at once', async () => {
  const files: Record<string, Uint8Array | string> = {
    '/list.txt': JSON.stringify(records(2)),
    '/lines.jsonl.gz': gzipSync(
      records(2)
        .map((record) => JSON.stringify(record))
        .join('\r\n\n'),
    ),
    '/wrong.json': JSON.stringify([...records(1), { prompt: 'p' }]),
    '/page.html': '<html>planted</html>',
    '/torn.jsonl': '{"prompt": "planted"',
    '/torn.json': '[{"prompt": "planted"',
    '/latin': Buffer.from([0x5b, 0xe9, 0x5d]),
    '/empty': '',
    '/bomb': gzipSync(Buffer.alloc(20 * 2 ** 20, 32)),
    '/large': Buffer.alloc(6 * 2 ** 20, 32),
  };
  const web = createServer(({ url = '' }, response) => response.end(files[url]));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const ask = (path: string) => trigger(second({ dataset_inline: undefined, dataset_url: base + path }));
  for (const path of ['/list.txt', '/lines.jsonl.gz']) {
    expect((await ask(path)).status).toBe(200);
    const { job } = await end((claimed) => claimed.succeed(result('tiny')));
    const lines = (await text((job.spec as { trainingFile: string }).trainingFile)).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(records(2));
  }
  const refused = {
    '/wrong.json': "dataset_url[1]: 'responses'",
    '/page.html': 'neither a JSON list nor JSON lines',
    '/torn.jsonl': 'line 1 is no JSON',
    '/torn.json': 'begins as a JSON list, and is none',
    '/latin': 'no text in UTF-8',
    '/empty': 'it is empty',
    '/bomb': 'more than 5242880 bytes',
    '/large': 'more than 5242880 bytes',
  };
  for (const [path, reason] of Object.entries(refused)) {
    const { status, body } = await ask(path);
    expect(status).toBe(400);
    expect((body as { detail: string }).detail).toContain(reason);
    expect((body as { detail: string }).detail).not.toContain('planted');
  }
  web.close();
});
