// The DPO service from its callers' side: a real server, a real worker, a tiny model that is tuned.
import { execFileSync } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { metricsOf, type RunningService, readDpoConfig, startService } from '../src/server/index.ts';
import { openTuningService, type TuningService } from '../src/testing/worker/tuning-service.ts';
import { startWorker } from '../src/worker/index.ts';

vi.setConfig({ testTimeout: 120_000 });

const env = { DPO_RATE_LIMIT_PER_MINUTE: '100', DPO_MAX_CONCURRENT_JOBS: '2' };

let tuning: TuningService;
let service: RunningService;
beforeAll(async () => {
  tuning = await openTuningService((options) =>
    startWorker({ ...options, concurrency: 2, perGroup: 2, leaseMs: 10_000 }),
  );
  const { services } = tuning;
  const parts = { services, metrics: metricsOf(() => services) };
  service = await startService(parts, { port: 0, version: '9.9.9', dpo: readDpoConfig(env) });
  tuning.work();
});
afterAll(async () => {
  await service.close(1000);
  await tuning.close();
});

async function ask(line: string, body?: unknown) {
  const [method = '', path = ''] = line.split(' ');
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(service.url + path, {
    method,
    ...(body !== undefined && { headers, body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const pair = (i: number) => ({
  prompt: `Where is parcel ${i}?`,
  chosen: `Parcel ${i} is on its way.`,
  rejected: 'Who knows?',
});

const own = (i: number) => ({
  prompt: `Where is parcel ${i}?`,
  responses: ['Who knows?', `Parcel ${i} is on its way.`, 'Lost.'],
  pairs: [
    [1, 0],
    [1, 2],
  ],
  sft_target: `Parcel ${i} is on its way.`,
});

async function ended(id: string) {
  await tuning.jobs.waitForEnd(id);
  return (await ask(`GET /runs/${id}`)).body;
}

/** Files are deleted once a job has ended, after its end is seen. */
async function noFilesLeft(): Promise<void> {
  await vi.waitFor(async () => {
    const { items } = await tuning.services.stores.files.list({ purpose: 'fine-tune' });
    expect(items).toEqual([]);
  });
}

test("a community's data becomes a policy, and nothing temporary is left", async () => {
  const dataset = [pair(1), own(2), pair(1), own(3)];
  const { status, body } = await ask('POST /trigger-finetune', { communityId: 'Team 1', dataset });
  expect(body).toEqual({ status: 'success', policy_path: expect.any(String) });
  expect(status).toBe(200);
  const path = String(body.policy_path);
  expect(await readdir(path)).toEqual(
    expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors']),
  );
  await noFilesLeft();
});

test("a knowledge base's run tells its progress, and leaves a model that can be fetched", async () => {
  const request = {
    kb_id: 'kb',
    exp_name: 'exp',
    base_model: 'zephyr',
    dataset_inline: Array.from({ length: 12 }, (_, i) => own(i)),
  };
  const { body } = await ask('POST /trigger-finetune', request);
  const id = String(body.run_id);
  expect(body).toEqual({ run_id: id, status: 'queued' });
  const percentages: number[] = [];
  for (let status: unknown; status !== 'completed'; ) {
    const { body: run } = await ask(`GET /runs/${id}`);
    expect(['queued', 'running', 'completed']).toContain(run.status);
    status = run.status;
    percentages.push(Number(run.progress_percentage));
  }
  expect(percentages.toSorted((a, b) => a - b)).toEqual(percentages);
  const run = (await ask(`GET /runs/${id}`)).body;
  // 24 pairs, one epoch
  expect(run).toMatchObject({ progress_percentage: 100, total_epochs: 1, current_epoch: 1, error: null });
  expect(run.current_step).toBe(run.total_steps);
  expect(run.metrics).toMatchObject({
    train_loss: expect.any(Number),
    'rewards/accuracies': expect.any(Number),
  });
  const links = (await ask(`GET /runs/${id}/artifacts`)).body;
  const archive = join(tuning.root, 'model.tar');
  await writeFile(archive, Buffer.from(await (await fetch(String(links.checkpoint_url))).arrayBuffer()));
  expect(execFileSync('tar', ['-tf', archive], { encoding: 'utf8' })).toContain('adapter_model.safetensors');
  expect(await (await fetch(String(links.metrics_url))).text()).toContain('train_loss');
  expect(await (await fetch(String(links.logs_url))).text()).toContain('successfully completed');
  await noFilesLeft();
});

test('runs by sft and ipo go on at once, each with its own data', async () => {
  const starts = ['sft', 'ipo'].map((algo, i) =>
    ask('POST /trigger-finetune', {
      kb_id: algo,
      exp_name: algo,
      algo,
      dataset_inline: [own(i), pair(i), own(i)],
    }),
  );
  const ids = (await Promise.all(starts)).map(({ body }) => String(body.run_id));
  const runs = await Promise.all(ids.map(ended));
  expect(runs.map(({ status, algo }) => [status, algo])).toEqual([
    ['completed', 'sft'],
    ['completed', 'ipo'],
  ]);
  await noFilesLeft();
});

test('a prompt of any length is shortened, as the service does', async () => {
  const long = { ...pair(1), prompt: 'Where is my parcel? '.repeat(200) };
  const { status, body } = await ask('POST /trigger-finetune', { communityId: 'long', dataset: [long] });
  expect([status, body.status]).toEqual([200, 'success']);
});

test('a run that is cancelled stops, and leaves no data', async () => {
  const many = Array.from({ length: 8000 }, (_, i) => own(i));
  const { body } = await ask('POST /trigger-finetune', { kb_id: 'c', exp_name: 'c', dataset_inline: many });
  const id = String(body.run_id);
  await vi.waitFor(async () => {
    const { body: run } = await ask(`GET /runs/${id}`);
    expect(run).toMatchObject({
      status: 'running',
      current_phase: 'training',
      eta_seconds: expect.any(Number),
    });
    expect(run.current_step).toBeGreaterThan(0);
  }, 60_000);
  expect((await ask(`DELETE /runs/${id}`)).body).toEqual({ status: 'cancelled' });
  expect((await ask(`GET /runs/${id}`)).body.status).toBe('cancelled');
  await noFilesLeft();
});

test('a run that takes too long fails, as its caller is told', async () => {
  const { services } = tuning;
  const limited = await startService(
    { services, metrics: metricsOf(() => services) },
    { port: 0, version: '9.9.9', dpo: readDpoConfig({ ...env, DPO_JOB_TIMEOUT_SECONDS: '1' }) },
  );
  const dataset = Array.from({ length: 5000 }, (_, i) => own(i));
  const answer = await fetch(`${limited.url}/trigger-finetune`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ communityId: 'slow', dataset }),
  });
  expect(answer.status).toBe(504);
  expect(await answer.json()).toEqual({ detail: expect.stringContaining('longer than the 1 s') });
  await noFilesLeft();
  await limited.close(1000);
});

test("one server answers all protocols: health is the DPO service's, the rest stays", async () => {
  expect((await ask('GET /health')).body).toMatchObject({
    status: 'healthy',
    service: 'dpo-microservice',
    ok: true,
  });
  expect((await ask('GET /v1/models')).body).toMatchObject({ object: 'list' });
  expect((await ask('GET /api/2.0/mlflow/experiments/get?experiment_id=0')).status).toBe(200);
  const { paths } = (await ask('GET /openapi.json')).body as { paths: object };
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/trigger-finetune', '/runs/{id}/artifacts', '/health']),
  );
  expect((await stat(tuning.data)).isDirectory()).toBe(true);
});
