// Jobs that are paused, killed and moved: they end as if nothing had happened.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { eventsOf, longSpec, resultOf, untilStep } from '../src/testing/worker/tuning-jobs.ts';
import {
  conversations,
  openTuningService,
  type TuningService,
} from '../src/testing/worker/tuning-service.ts';
import { startWorker } from '../src/worker/index.ts';

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

/** All that training has logged, but for how fast it was. */
async function lossesOf(service: TuningService, id: string): Promise<unknown> {
  const text = await readFile(join(service.data, 'jobs', id, 'run/metrics.jsonl'), 'utf8');
  const rows = text.trim().split('\n');
  return rows.map((row) => ({ ...JSON.parse(row), tokens_per_second: 0 }));
}

async function weightsOf({ services: { catalogue } }: TuningService, model: string): Promise<Buffer> {
  const { adapter = '' } = await catalogue.open(model, ann);
  return readFile(join(adapter, 'adapter_model.safetensors'));
}

test('paused, killed or moved to another machine, a job ends with the same losses and weights to the bit', async () => {
  const first = await open();
  const trainingFile = await first.upload(conversations(300));
  const spec = { ...longSpec, trainingFile };
  const worker = first.work();

  const undisturbed = await first.submit(spec);
  const { model } = await resultOf(first, undisturbed.id);
  const losses = await lossesOf(first, undisturbed.id);
  const weights = await weightsOf(first, model);

  const disturbed = await first.submit(spec);
  await untilStep(first, disturbed.id, 30);
  await first.jobs.pause(disturbed.id);
  while ((await first.jobs.get(disturbed.id)).state !== 'paused') await sleep(20);
  await first.jobs.resume(disturbed.id);
  await untilStep(first, disturbed.id, 400);
  const lock = readFileSync(join(first.data, 'jobs', disturbed.id, 'job.lock'), 'utf8');
  process.kill(JSON.parse(lock).pid, 'SIGKILL');
  const result = await resultOf(first, disturbed.id);
  const messages = (await eventsOf(first, disturbed.id)).map(({ message }) => message);
  expect(messages.filter((text) => text?.startsWith('Going on from the checkpoint'))).toHaveLength(2);
  expect(await lossesOf(first, disturbed.id)).toEqual(losses);
  expect((await weightsOf(first, result.model)).equals(weights)).toBe(true);
  // Each step is told once, whatever was trained twice
  const steps = (await eventsOf(first, disturbed.id)).filter(({ type }) => type === 'metrics');
  expect(steps.map(({ data }) => (data as { step: number }).step)).toEqual(
    Array.from({ length: 600 }, (_, i) => i + 1),
  );
  await worker.stop(0);
}, 120_000);

test('a job goes on from the store on a machine that has none of its files', async () => {
  const service = await open({ separateArtifacts: true });
  const trainingFile = await service.upload(conversations(300));
  const whole = service.work();
  const { id } = await service.submit({ ...longSpec, trainingFile });
  await untilStep(service, id, 250);
  await whole.stop(20_000);
  expect(await service.jobs.get(id)).toMatchObject({ state: 'queued' });
  const told = (await eventsOf(service, id)).filter(({ type }) => type === 'metrics').length;

  service.work({ dataDirectory: join(service.root, 'elsewhere') });
  const result = await resultOf(service, id);
  expect(result.directory.startsWith(join(service.root, 'elsewhere'))).toBe(true);
  const text = await readFile(join(result.directory, 'run/metrics.jsonl'), 'utf8');
  const rows = text.trim().split('\n');
  expect(rows).toHaveLength(600);
  const steps = (await eventsOf(service, id)).filter(({ type }) => type === 'metrics');
  expect(steps).toHaveLength(600);
  expect(told).toBeLessThan(600);
  // What was trained before came along: its rows are those of the first machine
  const before = await readFile(join(service.data, 'jobs', id, 'run/metrics.jsonl'), 'utf8');
  expect(text.startsWith(before)).toBe(true);
  while ((await service.services.stores.jobStore.list()).length > 0) await sleep(20);
}, 60_000);
