// Fine-tuning jobs, carried out by a worker for real.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { workflows } from '../app/index.ts';
import { eventsOf, longSpec, resultOf, untilStep } from '../testing/worker/tuning-jobs.ts';
import {
  conversations,
  openTuningService,
  preferences,
  type TuningService,
} from '../testing/worker/tuning-service.ts';
import { startWorker } from './index.ts';

const { cancelFineTune } = await workflows.finetune();
// Each job is a process that loads the runtime
vi.setConfig({ testTimeout: 120_000 });

const ann = { owner: 'ann' };

const services: TuningService[] = [];
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

async function open(options?: Parameters<typeof openTuningService>[1]): Promise<TuningService> {
  const service = await openTuningService(startWorker, options);
  services.push(service);
  return service;
}

async function weightsOf({ services: { catalogue } }: TuningService, model: string): Promise<Buffer> {
  const { adapter = '' } = await catalogue.open(model, ann);
  return readFile(join(adapter, 'adapter_model.safetensors'));
}

test('a supervised job: events in the words of OpenAI, checkpoints, a published and registered model, its record', async () => {
  const service = await open();
  const { stores, catalogue } = service.services;
  service.work();
  const [trainingFile, validationFile] = [
    await service.upload(conversations(12)),
    await service.upload(conversations(3)),
  ];
  const { id } = await service.submit({
    ...{ trainingFile, validationFile, suffix: 'help desk', registerAs: 'support' },
    hyperparameters: { epochs: 4, batchSize: 4, learningRateMultiplier: 50 },
  });
  const result = await resultOf(service, id);
  expect(result).toMatchObject({
    hyperparameters: { epochs: 4, batchSize: 4, learningRateMultiplier: 50 },
    checkpoints: [{ step: 6 }, { step: 9 }, { step: 12 }],
  });
  const { model } = result;
  expect(model).toMatch(/^ft:tiny:ann:help-desk:[0-9a-z]{8}$/);

  const events = await eventsOf(service, id);
  const plain = events.filter(({ type, level }) => type === 'message' && level === 'info');
  expect(plain.map(({ message }) => message)).toEqual([
    `Created fine-tuning job: ${id}`,
    `Validating training file: ${trainingFile} and validation file: ${validationFile}`,
    'Files validated, moving job to queued state',
    'Fine-tuning job started',
    ...[3, 6, 9, 12].map((step) => `Checkpoint created at step ${step}`),
    `New fine-tuned model created: ${model}`,
    'The job has successfully completed',
  ]);
  const steps = events.filter(({ type }) => type === 'metrics');
  expect(steps).toHaveLength(12);
  expect(steps[2]?.message).toMatch(
    /^Step 3\/12: training loss=\d+\.\d\d, validation loss=\d+\.\d\d, full validation loss=\d+\.\d\d$/,
  );
  expect(steps[2]?.data).toMatchObject({ step: 3, total_steps: 12, train_loss: expect.any(Number) });

  const models = (await catalogue.list(ann)).map((one) => one.id);
  expect(models.sort()).toEqual(
    ['tiny', model, ...[6, 9, 12].map((step) => `${model}:ckpt-step-${step}`)].sort(),
  );
  const losses = (await service.jobs.get(id)).progress as { metrics: { valid_loss: number } };
  expect(losses.metrics.valid_loss).toBeLessThan(5.6);

  const [resultFile = ''] = result.resultFiles;
  const { file, stream } = await stores.files.open(resultFile, ann);
  expect(file.purpose).toBe('fine-tune-results');
  const lines = Buffer.concat(await stream.toArray())
    .toString('utf8')
    .split('\n');
  expect(lines[0]).toBe('step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy');
  expect(lines).toHaveLength(14);
  expect((await stores.files.get(trainingFile)).status).toBe('processed');

  const run = await stores.tracking.runs.get(result.runId ?? '');
  expect(run.info).toMatchObject({ status: 'FINISHED', userId: 'ann', name: model });
  const tags = new Map(run.tags.map(({ key, value }) => [key, value]));
  expect([tags.get('hone.job_id'), tags.get('hone.owner')]).toEqual([id, 'ann']);
  expect(await stores.registry.versions.list('support')).toMatchObject([{ version: 1, runId: result.runId }]);
  const left = () => readdir(join(service.data, 'jobs', id));
  while ((await left()).length > 2) await sleep(20);
  expect((await left()).sort()).toEqual(['logs', 'run']);
});

test('a dpo job over a tuned model trains its adapter on, with the tuned model as the reference', async () => {
  const service = await open();
  service.work();
  const first = await service.submit({
    trainingFile: await service.upload(conversations(10)),
    hyperparameters: { epochs: 2, batchSize: 5, learningRateMultiplier: 50 },
  });
  const { model } = await resultOf(service, first.id);
  const pairs = await service.upload(preferences(10));
  const second = await service.submit(
    {
      ...{ model, method: 'dpo', trainingFile: pairs, deleteFiles: true },
      hyperparameters: { epochs: 2, batchSize: 5, beta: 0.2 },
    },
    { id: 'ftjob-second' },
  );
  const result = await resultOf(service, second.id);
  expect(result.model).toMatch(/^ft:tiny:ann::[0-9a-z]{8}$/);
  expect(result.hyperparameters).toEqual({ epochs: 2, batchSize: 5, learningRateMultiplier: 1, beta: 0.2 });
  // ln 2: the policy begins as its reference, which is the tuned model
  const [step] = (await eventsOf(service, second.id)).filter(({ type }) => type === 'metrics');
  expect(step?.data).toMatchObject({
    'rewards/margins': expect.closeTo(0, 5),
    train_loss: expect.closeTo(Math.LN2, 6),
  });
  const [before, after] = [await weightsOf(service, model), await weightsOf(service, result.model)];
  expect(after.length).toBe(before.length);
  expect(after.equals(before)).toBe(false);
  await expect(service.services.stores.files.get(pairs)).rejects.toThrow('No such File object');
});

test('files that cannot be trained on fail the job with their examples, before anything is trained', async () => {
  const service = await open();
  service.work();
  const bad = await service.upload([...conversations(9), '', '{"messages": 1}', '{"a":}', '{}']);
  const few = await service.upload(conversations(3));
  const good = await service.upload(conversations(10));
  const pairs = await service.upload(preferences(10));
  const jobs = [
    await service.submit({ trainingFile: bad, deleteFiles: true }),
    await service.submit({ trainingFile: few }),
    await service.submit({ trainingFile: good, validationFile: few, method: 'dpo' }),
    await service.submit({ trainingFile: pairs }),
  ];
  const ends = await Promise.all(jobs.map(({ id }) => service.jobs.waitForEnd(id)));
  expect(ends.map(({ state, attempt, error }) => ({ state, attempt, ...error }))).toMatchObject([
    {
      ...{ state: 'failed', attempt: 1, code: 'invalid_training_file', param: 'training_file' },
      message: expect.stringMatching(
        /^The job failed due to an invalid training file\. Invalid file format\. Example 10 \(line 11\): .*\nExample 11 \(line 12\): Line is not JSON/,
      ),
    },
    {
      ...{ code: 'invalid_n_examples', param: 'training_file' },
      message: 'Training file has 3 example(s), but must have at least 10 examples',
    },
    { code: 'invalid_training_file', message: expect.stringContaining('preference') },
    {
      code: 'invalid_training_file',
      message: expect.stringContaining("create the job with the method 'dpo'"),
    },
  ]);
  await expect(service.services.stores.files.get(bad)).rejects.toThrow('No such File object');
  expect(await service.services.stores.files.get(few)).toMatchObject({ status: 'error' });
  const [last] = (await eventsOf(service, jobs[1]?.id ?? '')).slice(-1);
  expect(last).toMatchObject({ level: 'error', message: ends[1]?.error?.message });
});

test('submitFineTune() refuses what can be known at once', async () => {
  const service = await open();
  const trainingFile = await service.upload(conversations(10));
  const other = await service.upload(conversations(10), 'batch');
  const refused = (spec: Parameters<TuningService['submit']>[0]) => expect(service.submit(spec)).rejects;
  await refused({ trainingFile, model: 'unknown' }).toThrow("'unknown'");
  await refused({ trainingFile: 'file-unknown' }).toThrow('No such File object');
  await refused({ trainingFile: other }).toMatchObject({
    code: 'invalid_file_purpose',
    param: 'training_file',
  });
  await refused({ trainingFile, overrides: { output: '/etc', data: { eval: '/etc/passwd' } } }).toThrow(
    /'output' is decided by the job.*\n.*'data\.eval' is decided by the job/,
  );
  await refused({ trainingFile, overrides: { dpo: { beta: 1 } } }).toThrow("'dpo' is not read");
  await refused({ trainingFile, overrides: { shedule: 'linear' } }).toThrow("unknown key 'shedule'");
  const dedupe = { key: 'same', withinMs: 60_000 };
  const [one, two] = [
    await service.submit({ trainingFile }, { dedupe }),
    await service.submit({ trainingFile }, { dedupe }),
  ];
  expect(two.id).toBe(one.id);
});

test('cancelFineTune() of a waiting job removes the files that were there for it alone', async () => {
  const service = await open();
  const trainingFile = await service.upload(conversations(10));
  const { id } = await service.submit({ trainingFile, deleteFiles: true });
  expect(await cancelFineTune(service.services, id, ann)).toMatchObject({ state: 'cancelled' });
  await expect(service.services.stores.files.get(trainingFile)).rejects.toThrow('No such File object');
});

test('a cancelled job leaves no files of its caller, and a record that says so', async () => {
  const service = await open();
  service.work();
  const trainingFile = await service.upload(conversations(400));
  const { id } = await service.submit({ ...longSpec, trainingFile, deleteFiles: true });
  await untilStep(service, id, 20);
  await cancelFineTune(service.services, id, ann);
  expect(await service.jobs.waitForEnd(id)).toMatchObject({ state: 'cancelled', result: null });
  const { runIdOf } = await workflows.finetune();
  const { tracking, files } = service.services.stores;
  for (;;) {
    const gone = await files.get(trainingFile).then(
      () => false,
      () => true,
    );
    if (gone && (await tracking.runs.info(runIdOf(id))).status === 'KILLED') break;
    await sleep(20);
  }
  expect((await eventsOf(service, id)).at(-1)?.message).toBe('The job was cancelled');
});
