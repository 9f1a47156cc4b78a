// From data to a tuned model by `hone server` and the unmodified `openai` client alone: files, jobs, events, and the model's answers.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import type { FineTuningJob, FineTuningJobEvent, JobCreateParams } from 'openai/resources/fine-tuning';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyChatModel } from '../src/testing/tiny-chat-model.ts';

let directory: string;
let server: ChildProcess;
let client: OpenAI;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-openai-'));
  const small = join(directory, 'small');
  const other = join(directory, 'other');
  for (const place of [small, other]) await writeTinyChatModel(place);
  const bin = join(import.meta.dirname, '..', 'bin', 'hone.js');
  const models = ['--model', small, '--model', `org/small=${other}`];
  const args = [bin, 'server', '--port', '0', '--data', join(directory, 'data'), '--log-level', 'error'];
  server = spawn(process.execPath, [...args, ...models], { stdio: ['ignore', 'pipe', 'inherit'] });
  client = new OpenAI({ baseURL: `${await addressOf(server)}/v1`, apiKey: 'none' });
});
afterAll(async () => {
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await gone;
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** The server prints its address when it listens. */
function addressOf({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
    stdout?.on('data', (part: Buffer) => {
      printed += part.toString();
      const url = /at (http:\S+)\n/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    stdout?.on('close', () => reject(new Error('The server ended before it listened')));
  });
}

const question = (i: number) => ({ role: 'user' as const, content: `Where is parcel ${i}?` });
const answer = (i: number) => ({ role: 'assistant' as const, content: `Parcel ${i} is on its way.` });
const conversations = Array.from({ length: 12 }, (_, i) => ({ messages: [question(i), answer(i)] }));
const preferences = Array.from({ length: 12 }, (_, i) => ({
  input: { messages: [question(i)] },
  preferred_output: [answer(i)],
  non_preferred_output: [{ role: 'assistant', content: 'Who knows?' }],
}));

async function upload(rows: readonly unknown[]): Promise<string> {
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const file = await toFile(Buffer.from(text), 'data.jsonl');
  const { id } = await client.files.create({ file, purpose: 'fine-tune' });
  return (await client.files.waitForProcessing(id)).id;
}

async function finished(body: JobCreateParams): Promise<FineTuningJob> {
  let job = await client.fineTuning.jobs.create(body);
  while (!['succeeded', 'failed', 'cancelled'].includes(job.status)) {
    await sleep(200);
    job = await client.fineTuning.jobs.retrieve(job.id);
  }
  return job;
}

/** What a model finds likely to say first. */
async function firstToken(model: string): Promise<number> {
  const { choices } = await client.chat.completions.create({
    ...{ model, messages: [question(1)], max_completion_tokens: 1, temperature: 0, logprobs: true },
  });
  return choices[0]?.logprobs?.content?.[0]?.logprob ?? Number.NaN;
}

async function eventsOf(id: string): Promise<FineTuningJobEvent[]> {
  const events: FineTuningJobEvent[] = [];
  for await (const event of client.fineTuning.jobs.listEvents(id, { limit: 3 })) events.push(event);
  return events.reverse();
}

test('a supervised job ends with a model that answers, checkpoints that do, and its metrics', async () => {
  const training_file = await upload(conversations);
  const job = await finished({
    ...{ model: 'small', training_file, suffix: 'parcels', seed: 1 },
    validation_file: await upload(conversations.slice(0, 3)),
    method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2, batch_size: 4 } } },
  });
  expect(job.error).toBeNull();
  expect(job).toMatchObject({
    ...{
      status: 'succeeded',
      fine_tuned_model: expect.stringMatching(/^ft:small:local:parcels:\w{8}$/),
      seed: 1,
    },
    hyperparameters: { n_epochs: 2, batch_size: 4, learning_rate_multiplier: expect.any(Number) },
    ...{ trained_tokens: expect.any(Number), result_files: [expect.stringMatching(/^file-/)] },
  });
  const tuned = job.fine_tuned_model ?? '';
  expect(await firstToken(tuned)).not.toBe(await firstToken('small'));
  expect((await client.models.list()).data.map(({ id }) => id)).toContain(tuned);

  const events = await eventsOf(job.id);
  expect(events[0]?.message).toBe(`Created fine-tuning job: ${job.id}`);
  expect(events.at(-1)?.message).toBe('The job has successfully completed');
  expect(events.map(({ message }) => message)).toContain(`New fine-tuned model created: ${tuned}`);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  expect(events.find(({ type }) => type === 'metrics')?.data).toMatchObject({
    ...{ step: 1, total_steps: 6, train_loss: expect.any(Number) },
  });

  const { data: checkpoints } = await client.fineTuning.jobs.checkpoints.list(job.id);
  expect(checkpoints.length).toBeGreaterThan(0);
  const model = checkpoints.at(-1)?.fine_tuned_model_checkpoint ?? '';
  expect(model).toMatch(new RegExp(`^${tuned}:ckpt-step-\\d+$`));
  expect(await firstToken(model)).toBeLessThanOrEqual(0);

  const csv = await (await client.files.content(job.result_files[0] ?? '')).text();
  const [header, ...rows] = csv.trim().split('\n');
  expect(header).toContain('step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy');
  expect(rows).toHaveLength(6);
  await client.models.delete(tuned);
  await expect(firstToken(tuned)).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
});

test('a DPO job does too, over a model whose id has a slash', async () => {
  const job = await finished({
    ...{ model: 'org/small', training_file: await upload(preferences), metadata: { team: 'x' } },
    method: { type: 'dpo', dpo: { hyperparameters: { beta: 0.2, n_epochs: 1, batch_size: 4 } } },
  });
  expect(job.error).toBeNull();
  expect(job).toMatchObject({
    ...{ status: 'succeeded', fine_tuned_model: expect.stringMatching(/^ft:org\/small:local::\w{8}$/) },
    method: { type: 'dpo', dpo: { hyperparameters: { beta: 0.2, n_epochs: 1, batch_size: 4 } } },
    metadata: { team: 'x' },
  });
  const tuned = job.fine_tuned_model ?? '';
  expect(await client.models.retrieve(tuned)).toMatchObject({ id: tuned });
  expect(await firstToken(tuned)).not.toBe(await firstToken('org/small'));
});

test('a job over data that cannot be trained on fails and says where', async () => {
  const rows = [...conversations, { messages: [{ role: 'robot', content: 'x' }] }];
  const job = await finished({ model: 'small', training_file: await upload(rows) });
  expect(job).toMatchObject({ status: 'failed', fine_tuned_model: null });
  expect(job.error).toMatchObject({ param: 'training_file', message: expect.stringContaining('13') });
});
