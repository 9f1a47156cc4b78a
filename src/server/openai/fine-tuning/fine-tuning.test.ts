// Fine-tuning jobs by the unmodified client: created, told of, changed, and made once however often they are asked for.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI, { type ClientOptions, toFile } from 'openai';
import type { FineTuningJob, FineTuningJobEvent, JobCreateParams } from 'openai/resources/fine-tuning';
import type { FineTuningJobCheckpoint } from 'openai/resources/fine-tuning/jobs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FineTuneProgress, type FineTuneResult, fineTuneKind } from '../../../app/index.ts';
import type { ClaimedJob } from '../../../jobs/index.ts';
import { type OpenAiServer, startOpenAi } from '../../test-support/start-openai.ts';
import type { checkpointObject } from './checkpoints.ts';
import type { eventObject } from './event-object.ts';
import type { jobObject } from './job-object.ts';

let server: OpenAiServer;
let ann: OpenAI;
let training_file: string;
beforeAll(async () => {
  server = await startOpenAi();
  ann = await clientOf('ann', { maxRetries: 0 });
  training_file = await fileOf(ann);
});
afterAll(() => server.stop());

const clientOf = async (owner: string, more: ClientOptions = {}) =>
  new OpenAI({ ...(await server.access(owner)), ...more });

async function fileOf(client: OpenAI, purpose: 'fine-tune' | 'batch' = 'fine-tune'): Promise<string> {
  const file = await toFile(Buffer.from('{"messages":[]}\n'), 'train.jsonl');
  return (await client.files.create({ file, purpose })).id;
}

const create = (more: Partial<JobCreateParams> = {}) =>
  ann.fineTuning.jobs.create({ model: 'small', training_file, ...more });

/** Takes a job as a worker does: all other queued ones are set aside. */
async function claim(id: string): Promise<ClaimedJob> {
  for (;;) {
    const job = await server.services.stores.jobs.claim({
      worker: 'test',
      kinds: [fineTuneKind],
      leaseMs: 60_000,
    });
    if (job === undefined) throw new Error(`No worker can have '${id}'`);
    if (job.job.id === id) return job;
    await job.fail({ code: 'set_aside', message: 'Set aside' }, { retry: false });
  }
}

const numbers = { epochs: 3, batchSize: 2, learningRateMultiplier: 1.5 };
const checkpoint = (step: number) => ({
  ...{
    id: `ftckpt_${step}`,
    model: `ft:small:ann::12345678:ckpt-step-${step}`,
    step,
    createdAt: 1000 + step,
  },
  metrics: { train_loss: 1 / step },
});
const progress = (more: Partial<FineTuneProgress> = {}): FineTuneProgress => ({
  ...{ phase: 'training', message: 'Training', step: 1, totalSteps: 4, epoch: 0, totalEpochs: 3 },
  ...{ secondsLeft: 60, hyperparameters: numbers, trainedTokens: 10, metrics: {}, checkpoints: [] },
  ...more,
});
const result: FineTuneResult = {
  ...{ model: 'ft:small:ann::12345678', trainedTokens: 99, hyperparameters: numbers },
  ...{ resultFiles: ['file-r'], checkpoints: [checkpoint(2), checkpoint(4)], runId: null, directory: '/d' },
};
/** As the queue keeps it. */
const json = (value: FineTuneProgress | FineTuneResult) => JSON.parse(JSON.stringify(value));

test('a supervised job is created with all that it was told, and lives to its end', async () => {
  const created = await create({
    ...{ validation_file: training_file, suffix: 'my model', metadata: { team: 'x' } },
    integrations: [{ type: 'wandb', wandb: { project: 'p', tags: ['a'] } }],
    method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 3 } } },
  });
  const auto = { n_epochs: 3, batch_size: 'auto', learning_rate_multiplier: 'auto' };
  expect(created).toEqual({
    ...{ object: 'fine_tuning.job', id: expect.stringMatching(/^ftjob-\w+$/), model: 'small' },
    ...{ created_at: expect.any(Number), finished_at: null, fine_tuned_model: null, organization_id: 'ann' },
    ...{ result_files: [], status: 'validating_files', validation_file: training_file, training_file },
    ...{ error: null, hyperparameters: auto, trained_tokens: null, seed: expect.any(Number) },
    ...{ estimated_finish: null, metadata: { team: 'x' }, user_provided_suffix: 'my model' },
    integrations: [{ type: 'wandb', wandb: { project: 'p', tags: ['a'] } }],
    method: { type: 'supervised', supervised: { hyperparameters: auto } },
    ...{ usage_metrics: null, shared_with_openai: false },
  });
  const { id } = created;
  const look = () => ann.fineTuning.jobs.retrieve(id);
  const work = await claim(id);
  expect((await look()).status).toBe('validating_files');
  await work.heartbeat(json(progress()));
  const running = await look();
  const resolved = { n_epochs: 3, batch_size: 2, learning_rate_multiplier: 1.5 };
  expect(running).toMatchObject({ status: 'running', hyperparameters: resolved });
  expect(running.estimated_finish).toBeGreaterThan(Date.now() / 1000 + 50);
  await work.succeed(json(result));
  expect(await look()).toMatchObject({
    ...{ status: 'succeeded', fine_tuned_model: result.model, trained_tokens: 99, result_files: ['file-r'] },
    ...{ finished_at: expect.any(Number), hyperparameters: resolved, error: null, estimated_finish: null },
    method: { type: 'supervised', supervised: { hyperparameters: resolved } },
  });
});

test('a DPO job echoes its method; a job that fails says why', async () => {
  const { id, ...job } = await create({
    method: { type: 'dpo', dpo: { hyperparameters: { beta: 0.3, n_epochs: 'auto' } } },
    seed: 7,
  });
  const hyperparameters = {
    beta: 0.3,
    batch_size: 'auto',
    learning_rate_multiplier: 'auto',
    n_epochs: 'auto',
  };
  expect(job).toMatchObject({ seed: 7, metadata: null, method: { type: 'dpo', dpo: { hyperparameters } } });
  const work = await claim(id);
  const error = { code: 'invalid_training_file', message: 'Line 3', param: 'training_file' };
  await work.fail(error, { retry: false });
  expect(await ann.fineTuning.jobs.retrieve(id)).toMatchObject({ status: 'failed', error });
});

test('the older place of hyperparameters means a supervised job', async () => {
  const { method, hyperparameters } = await create({ hyperparameters: { batch_size: 4 } });
  expect(hyperparameters).toMatchObject({ batch_size: 4, n_epochs: 'auto' });
  expect(method).toMatchObject({ type: 'supervised' });
});

test.each<[string, object, string | null, string | null]>([
  ['no model', { model: undefined }, 'model', 'missing_required_parameter'],
  ['an unknown model', { model: 'nothing' }, 'model', 'model_not_found'],
  ['no file', { training_file: undefined }, 'training_file', 'missing_required_parameter'],
  ['an unknown file', { training_file: 'file-x' }, 'training_file', 'invalid_value'],
  ['an unknown validation file', { validation_file: 'file-x' }, 'validation_file', 'invalid_value'],
  ['another parameter', { n_epochs: 3 }, 'n_epochs', 'unknown_parameter'],
  ['another hyperparameter', { hyperparameters: { beta: 1 } }, 'hyperparameters.beta', 'unknown_parameter'],
  ['a long suffix', { suffix: 'x'.repeat(65) }, 'suffix', 'invalid_value'],
  ['a seed below 0', { seed: -1 }, 'seed', 'invalid_value'],
  ['a seed over 2^31 - 1', { seed: 2 ** 31 }, 'seed', 'invalid_value'],
  ['no epoch', { hyperparameters: { n_epochs: 0 } }, 'hyperparameters.n_epochs', 'invalid_value'],
  ['half an epoch', { hyperparameters: { n_epochs: 0.5 } }, 'hyperparameters.n_epochs', 'invalid_value'],
  ['a large batch', { hyperparameters: { batch_size: 257 } }, 'hyperparameters.batch_size', 'invalid_value'],
  [
    'a text for a number',
    { hyperparameters: { batch_size: '4' } },
    'hyperparameters.batch_size',
    'invalid_value',
  ],
  [
    'beta 0',
    { method: { type: 'dpo', dpo: { hyperparameters: { beta: 0 } } } },
    'method.dpo.hyperparameters.beta',
    'invalid_value',
  ],
  [
    'reinforcement',
    { method: { type: 'reinforcement', reinforcement: { grader: {} } } },
    'method.type',
    'invalid_value',
  ],
  ['another method', { method: { type: 'magic' } }, 'method.type', 'invalid_value'],
  [
    'a block of another method',
    { method: { type: 'dpo', supervised: {} } },
    'method.supervised',
    'invalid_value',
  ],
  ['both places', { hyperparameters: {}, method: { type: 'dpo' } }, 'hyperparameters', 'invalid_value'],
  [
    '17 pairs of metadata',
    { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ''])) },
    'metadata',
    'invalid_value',
  ],
  ['a long value', { metadata: { a: 'x'.repeat(513) } }, 'metadata.a', 'invalid_value'],
  [
    'six integrations',
    { integrations: Array(6).fill({ type: 'wandb', wandb: { project: 'p' } }) },
    'integrations',
    'invalid_value',
  ],
  ['another integration', { integrations: [{ type: 'mlflow' }] }, 'integrations[0].type', 'invalid_value'],
  [
    'no project',
    { integrations: [{ type: 'wandb', wandb: {} }] },
    'integrations[0].wandb.project',
    'missing_required_parameter',
  ],
])('a job with %s is refused', async (_, more, param, code) => {
  const error = await create(more).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ param, code, type: 'invalid_request_error' });
});

test('a file that was uploaded for something else is refused', async () => {
  const file = await fileOf(ann, 'batch');
  await expect(create({ training_file: file })).rejects.toMatchObject({
    status: 400,
    param: 'training_file',
  });
});

test('jobs are listed newest first, page by page, and by metadata', async () => {
  const bea = await clientOf('bea');
  const file = await fileOf(bea);
  const ids: string[] = [];
  for (const metadata of [{ team: 'x', n: '1' }, undefined, { team: 'x', n: '2' }, { team: 'y' }, {}])
    ids.push(
      (
        await bea.fineTuning.jobs.create({
          model: 'small',
          training_file: file,
          ...(metadata && { metadata }),
        })
      ).id,
    );
  const idsOf = async (query?: OpenAI.FineTuning.JobListParams) => {
    const found: string[] = [];
    for await (const { id } of bea.fineTuning.jobs.list({ limit: 2, ...query })) found.push(id);
    return found;
  };
  expect(await idsOf()).toEqual(ids.toReversed());
  expect(await idsOf({ metadata: { team: 'x' } })).toEqual([ids[2], ids[0]]);
  expect(await idsOf({ metadata: { team: 'x', n: '1' } })).toEqual([ids[0]]);
  const answer = await fetch(`${server.url}/v1/fine_tuning/jobs?metadata=null&limit=1`, {
    headers: { authorization: `Bearer ${await server.keyOf('bea')}` },
  });
  expect(JSON.parse(await answer.text())).toMatchObject({ has_more: true, data: [{ id: ids[4] }] });
  await expect(bea.fineTuning.jobs.list({ after: 'ftjob-x' })).rejects.toMatchObject({ param: 'after' });
});

test('events are paged newest first without one twice while others arrive, and streamed', async () => {
  const { id } = await create();
  const work = await claim(id);
  const told = (step: number) =>
    work.emit({ type: 'metrics', message: `Step ${step}/9`, data: { step, train_loss: 1 / step } });
  for (let step = 1; step <= 5; step++) await told(step);
  const seen: FineTuningJobEvent[] = [];
  for await (const event of ann.fineTuning.jobs.listEvents(id, { limit: 2 })) {
    seen.push(event);
    await told(5 + seen.length);
  }
  expect(seen.filter(({ type }) => type === 'metrics').map(({ message }) => message)).toEqual(
    [5, 4, 3, 2, 1].map((step) => `Step ${step}/9`),
  );
  expect(new Set(seen.map((event) => event.id)).size).toBe(seen.length);
  expect(seen[0]).toMatchObject({
    ...{
      object: 'fine_tuning.job.event',
      level: 'info',
      type: 'metrics',
      data: { step: 5, train_loss: 0.2 },
    },
  });
  await expect(ann.fineTuning.jobs.listEvents(id, { after: 'ftevent-x-1' })).rejects.toMatchObject({
    param: 'after',
  });

  const answer = await fetch(`${server.url}/v1/fine_tuning/jobs/${id}/events?stream=true`, {
    headers: { authorization: `Bearer ${await server.keyOf('ann')}` },
  });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  await work.emit({ type: 'message', message: 'Nearly done' });
  await work.succeed(json(result));
  const parts = (await answer.text()).trim().split('\n\n');
  expect(parts.at(-1)).toBe('data: [DONE]');
  const messages = parts.slice(0, -1).map((part) => JSON.parse(part.slice(6)).message);
  expect(messages).toContain('Step 1/9');
  expect(messages.at(-1)).toBe('Nearly done');
});

test('checkpoints are listed newest first, while the job runs and after', async () => {
  const { id } = await create();
  const list = async () => {
    const found: FineTuningJobCheckpoint[] = [];
    for await (const one of ann.fineTuning.jobs.checkpoints.list(id, { limit: 1 })) found.push(one);
    return found;
  };
  expect(await list()).toEqual([]);
  const work = await claim(id);
  await work.heartbeat(json(progress({ checkpoints: [checkpoint(2)] })));
  expect((await list()).map(({ step_number }) => step_number)).toEqual([2]);
  await work.succeed(json(result));
  const found = await list();
  expect(found).toHaveLength(2);
  expect(found[0]).toEqual({
    ...{ object: 'fine_tuning.job.checkpoint', id: 'ftckpt_4', created_at: 1004, fine_tuning_job_id: id },
    ...{ fine_tuned_model_checkpoint: 'ft:small:ann::12345678:ckpt-step-4', step_number: 4 },
    metrics: { step: 4, train_loss: 0.25 },
  });
});

test('a job is cancelled, waiting or running, and not once it has ended', async () => {
  const { id } = await create();
  expect(await ann.fineTuning.jobs.cancel(id)).toMatchObject({ status: 'cancelled', error: null });
  await expect(ann.fineTuning.jobs.cancel((await create({ seed: 1 })).id)).resolves.toMatchObject({
    status: 'cancelled',
  });
  const other = await create();
  const work = await claim(other.id);
  const answer = ann.fineTuning.jobs.cancel(other.id);
  await expect.poll(() => work.heartbeat()).toBe('cancel');
  await work.cancelled();
  expect(await answer).toMatchObject({ status: 'cancelled', finished_at: expect.any(Number) });
  await expect(ann.fineTuning.jobs.pause(other.id)).rejects.toMatchObject({ status: 400, code: null });
  await expect(ann.fineTuning.jobs.resume(other.id)).rejects.toMatchObject({ status: 400 });
});

test('a job that runs is paused and resumed', async () => {
  const { id } = await create();
  const work = await claim(id);
  const answer = ann.fineTuning.jobs.pause(id);
  await expect.poll(() => work.heartbeat(json(progress()))).toBe('pause');
  await work.pause();
  expect((await answer).status).toBe('paused');
  expect((await ann.fineTuning.jobs.resume(id)).status).toBe('queued');
});

test('another owner’s job is not there, nor a job of another kind', async () => {
  const { id } = await create();
  const bob = (await clientOf('bob')).fineTuning.jobs;
  const unknown = { status: 404, code: 'fine_tune_not_found', param: 'fine_tune_id' };
  for (const ask of [
    () => bob.retrieve(id),
    () => bob.cancel(id),
    () => bob.pause(id),
    () => bob.resume(id),
    () => bob.listEvents(id),
    () => bob.checkpoints.list(id),
  ])
    await expect(ask()).rejects.toMatchObject(unknown);
  const bobs = { model: 'small', training_file };
  await expect(bob.create(bobs)).rejects.toMatchObject({ param: 'training_file' });
  const other = await server.services.stores.jobs.submit({ kind: 'other', owner: 'ann', spec: {} });
  await expect(ann.fineTuning.jobs.retrieve(other.job.id)).rejects.toMatchObject(unknown);
});

test('graders are not offered', async () => {
  await expect(
    ann.fineTuning.alpha.graders.validate({
      grader: { type: 'string_check', name: 'x', input: '', operation: 'eq', reference: '' },
    }),
  ).rejects.toMatchObject({
    status: 404,
    message: '404 Invalid URL (POST /v1/fine_tuning/alpha/graders/validate)',
  });
});

/** Hands requests on, and drops the connection of the first `drop` instead of handing back their answers. */
async function startLossyProxy(target: string, drop: number) {
  let left = drop;
  const proxy = createServer((incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const onward = request(`${target}${url}`, { method, headers }, (answer) => {
      answer.resume();
      if (left-- > 0) return answer.on('end', () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      return answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, close: () => proxy.close() };
}

test('a request that the client repeats makes one job; one that its caller repeats makes two', async () => {
  const proxy = await startLossyProxy(server.url, 2);
  const dora = await clientOf('dora');
  const lossy = await clientOf('dora', { baseURL: proxy.url, maxRetries: 2 });
  const body = { model: 'small', training_file: await fileOf(dora), metadata: { try: '1' } };
  const job = await lossy.fineTuning.jobs.create(body);
  proxy.close();
  expect((await dora.fineTuning.jobs.list()).data.map(({ id }) => id)).toEqual([job.id]);
  const second = await dora.fineTuning.jobs.create(body);
  expect(second.id).not.toBe(job.id);
  const headers = { 'x-stainless-retry-count': '1' };
  const other = await dora.fineTuning.jobs.create({ ...body, seed: 3 }, { headers });
  expect((await dora.fineTuning.jobs.list()).data).toHaveLength(3);
  expect(other.seed).toBe(3);
});

test('a repetition that comes before the first is done is answered by the same job', async () => {
  const eve = await clientOf('eve');
  const body = { model: 'small', training_file: await fileOf(eve) };
  const headers = { 'x-stainless-retry-count': '1' };
  const [one, two, three] = await Promise.all([
    eve.fineTuning.jobs.create(body),
    eve.fineTuning.jobs.create(body, { headers }),
    eve.fineTuning.jobs.create(body, { headers }),
  ]);
  expect([two.id, three.id]).toEqual([one.id, one.id]);
});

test('an Idempotency-Key makes one job, and is refused for another request', async () => {
  const headers = { 'idempotency-key': 'k'.repeat(300) };
  const [one, two] = await Promise.all([
    ann.fineTuning.jobs.create({ model: 'small', training_file, seed: 1 }, { headers }),
    ann.fineTuning.jobs.create({ model: 'small', training_file, seed: 1 }, { headers }),
  ]);
  expect(two.id).toBe(one.id);
  await expect(
    ann.fineTuning.jobs.create({ model: 'small', training_file, seed: 2 }, { headers }),
  ).rejects.toMatchObject({ status: 400 });
});

test('answers have the shapes of the client’s types', () => {
  type Job = ReturnType<typeof jobObject>;
  type Shape<T> = { readonly [K in keyof T]: T[K] };
  // `paused` is what the client's own `pause` answers; its type leaves it out.
  const asJob = (job: Omit<Job, 'status'>): Shape<Omit<FineTuningJob, 'status' | 'integrations'>> => job;
  const asEvent = (event: ReturnType<typeof eventObject>): Shape<FineTuningJobEvent> => event;
  const asCheckpoint = (one: ReturnType<typeof checkpointObject>): Omit<FineTuningJobCheckpoint, 'metrics'> =>
    one;
  const status = (one: Exclude<Job['status'], 'paused'>): FineTuningJob['status'] => one;
  expect([asJob, asEvent, asCheckpoint, status].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
});
