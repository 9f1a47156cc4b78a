import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonValue } from '../../jobs/index.ts';
import { type DpoServer, records, startDpo } from '../test-support/start-dpo.ts';

let server: DpoServer;
let ann: { readonly authorization: string };
let bob: { readonly authorization: string };
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hone-dpo-runs-'));
  server = await startDpo({ keys: true, env: { DPO_ALLOW_DIRECT_ORIGINS: 'https://app.example' } });
  ann = { authorization: `Bearer ${await server.keyOf('ann')}` };
  bob = { authorization: `Bearer ${await server.keyOf('bob')}` };
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server.stop();
  await rm(root, { recursive: true, force: true });
});

let number = 0;
async function start(): Promise<string> {
  const body = { kb_id: `kb-${number++}`, exp_name: 'exp', dataset_inline: records(1) };
  const answer = await server.ask('POST /trigger-finetune', { body, headers: ann });
  return (answer.body as { run_id: string }).run_id;
}

const get = async (path: string, headers = ann) => await server.ask(`GET ${path}`, { headers });

const progress = (phase: string, more: Record<string, JsonValue> = {}): JsonValue => ({
  ...{ phase, message: `Is ${phase}`, step: 0, totalSteps: 0, epoch: 0, totalEpochs: 1, secondsLeft: null },
  ...{ hyperparameters: null, trainedTokens: 0, metrics: {}, checkpoints: [], ...more },
});

test('GET /runs/{id} tells how far a run is, from the queue to the end', async () => {
  const id = await start();
  expect((await get(`/runs/${id}`)).body).toEqual({
    ...{ run_id: id, status: 'queued', metrics: {}, started_at: null, finished_at: null },
    ...{ current_step: 0, total_steps: 0, current_epoch: 0, total_epochs: 0, progress_percentage: 0 },
    ...{ current_phase: 'queued', phase_message: 'Waits for a worker', eta_seconds: null, last_metrics: {} },
    ...{ error: null, base_model: 'tiny', algo: 'dpo', exp_name: 'exp', kb_id: 'kb-0' },
  });
  const claimed = await server.claim();
  const look = async (told: JsonValue) => {
    await claimed.heartbeat(told);
    return (await get(`/runs/${id}`)).body as Record<string, unknown>;
  };
  expect((await get(`/runs/${id}`)).body).toMatchObject({ status: 'running', current_phase: 'initializing' });
  expect(await look(progress('validating'))).toMatchObject({
    current_phase: 'initializing',
    eta_seconds: null,
  });
  const half = {
    step: 30,
    totalSteps: 80,
    epoch: 0.75,
    totalEpochs: 2,
    secondsLeft: 42,
    metrics: { train_loss: 0.5 },
  };
  expect(await look(progress('training', half))).toMatchObject({
    ...{ status: 'running', current_phase: 'training', current_step: 30, total_steps: 80 },
    ...{ current_epoch: 1, total_epochs: 2, progress_percentage: 37.5, eta_seconds: 42 },
    ...{ metrics: {}, last_metrics: { train_loss: 0.5 }, phase_message: 'Is training', finished_at: null },
  });
  expect(await look(progress('evaluating', half))).toMatchObject({ current_phase: 'evaluating' });
  const all = { ...half, step: 80, epoch: 2, secondsLeft: 0 };
  expect(await look(progress('publishing', all))).toMatchObject({
    current_phase: 'saving',
    progress_percentage: 99.9,
    current_epoch: 2,
  });
  await claimed.succeed(resultOf('tiny'));
  const done = (await get(`/runs/${id}`)).body as Record<string, unknown>;
  expect(done).toMatchObject({
    ...{ status: 'completed', current_phase: 'completed', progress_percentage: 100, eta_seconds: null },
    ...{ metrics: { train_loss: 0.5 }, current_step: 80 },
  });
  expect(Number.isInteger(done.started_at) && Number.isInteger(done.finished_at)).toBe(true);
});

test('a run that failed keeps how far it was, and says why', async () => {
  const id = await start();
  const claimed = await server.claim();
  await claimed.heartbeat(progress('training', { step: 1, totalSteps: 4 }));
  await claimed.fail({ code: 'time_limit', message: 'It took longer' }, { retry: false });
  expect((await get(`/runs/${id}`)).body).toMatchObject({
    ...{ status: 'failed', current_phase: 'training', progress_percentage: 25, eta_seconds: null },
    ...{ error: 'It took longer', phase_message: 'It took longer' },
  });
});

test('DELETE /runs/{id} stops what waits or runs, and nothing else', async () => {
  const id = await start();
  const remove = (headers = ann) => server.ask(`DELETE /runs/${id}`, { headers });
  expect((await remove(bob)).status).toBe(403);
  expect((await remove()).body).toEqual({ status: 'cancelled' });
  const again = await remove();
  expect(again.status).toBe(400);
  expect(again.body).toEqual({ detail: `Cannot cancel the run '${id}': it is cancelled already` });
  const other = await start();
  const claimed = await server.claim();
  const removing = server.ask(`DELETE /runs/${other}`, { headers: ann });
  while ((await claimed.heartbeat()) !== 'cancel');
  // It was done before it could be stopped
  await claimed.succeed(resultOf('tiny'));
  expect((await removing).status).toBe(400);
});

test("runs are their owners', and unknown ones are not found", async () => {
  const id = await start();
  for (const path of ['', '/artifacts', '/artifacts/logs.txt']) {
    expect((await get(`/runs/${id}${path}`, bob)).status).toBe(403);
    expect((await get(`/runs/nothing${path}`)).status).toBe(404);
  }
  expect((await get('/runs/%00')).status).toBe(404);
  expect((await get(`/runs/${'x'.repeat(3000)}`)).status).toBe(404);
  const { jobs } = server.services.stores;
  const { job } = await jobs.submit({ kind: 'other', owner: 'ann', spec: {} });
  expect((await get(`/runs/${job.id}`)).status).toBe(404);
  await server.ask(`DELETE /runs/${id}`, { headers: ann });
});

test('artifacts answer under their links: model, report, metrics, log', async () => {
  const id = await start();
  const early = (await get(`/runs/${id}/artifacts`)).body as Record<string, string | null>;
  expect(early).toMatchObject({ checkpoint_url: null, report_url: null });
  for (const name of ['model.tar', 'model', 'report.json', 'metrics.csv'])
    expect((await get(`/runs/${id}/artifacts/${name}`)).status).toBe(404);

  const claimed = await server.claim();
  const directory = join(root, 'model');
  mkdirSync(join(directory, 'deep'), { recursive: true });
  const weights = Buffer.alloc(1500, 7);
  writeFileSync(join(directory, 'weights.bin'), weights);
  writeFileSync(join(directory, 'deep', 'note ü.txt'), 'note');
  writeFileSync(join(directory, 'config.json'), '{}');
  const model = 'ft:tiny:ann:exp:12345678';
  await server.services.catalogue.publish({
    id: model,
    owner: 'ann',
    base: 'tiny',
    kind: 'tuned',
    jobId: id,
    directory,
  });
  const csv = (async function* () {
    yield Buffer.from('step,train_loss\n1,0.5\n');
  })();
  const file = await server.services.stores.files.create(
    { owner: 'ann', filename: 'm.csv', purpose: 'fine-tune-results' },
    csv,
  );
  await claimed.emit({ type: 'message', message: 'Two\nlines' });
  await claimed.succeed({ ...resultOf(model), resultFiles: [file.id] });

  const links = (await get(`/runs/${id}/artifacts`)).body as Record<string, string>;
  expect(links.checkpoint_url).toBe(`${server.url}/runs/${id}/artifacts/model.tar`);
  const fetched = async (name: string) => await fetch(links[name] ?? '', { headers: ann });
  expect(await (await fetched('metrics_url')).text()).toContain('1,0.5');
  expect(await (await fetched('logs_url')).text()).toMatch(
    /^\S+Z info Created fine-tuning job.*\n\S+Z info Two\n {2}lines\n$/,
  );
  expect(await (await fetched('report_url')).json()).toMatchObject({
    ...{ run_id: id, status: 'completed', model, policy_path: expect.stringContaining('model-') },
  });
  const listing = (await (await fetched('model_url')).json()) as {
    files: { name: string; bytes: number; url: string }[];
  };
  expect(listing.files.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['config.json', 2],
    ['deep/note ü.txt', 4],
    ['weights.bin', 1500],
  ]);
  const note = await fetch(listing.files[1]?.url ?? '', { headers: ann });
  expect(await note.text()).toBe('note');
  for (const path of ['model/../../x', 'model/%2e%2e/%2e%2e/x', 'model/nothing', 'model/deep', 'x', '%00'])
    expect((await get(`/runs/${id}/artifacts/${path}`)).status).toBe(404);

  const archive = join(root, 'model.tar');
  const answer = await fetched('checkpoint_url');
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id}.tar"`);
  writeFileSync(archive, Buffer.from(await answer.arrayBuffer()));
  const unpacked = join(root, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-xf', archive, '-C', unpacked]);
  expect(await readFile(join(unpacked, 'weights.bin'))).toEqual(weights);
  expect(await readFile(join(unpacked, 'deep', 'note ü.txt'), 'utf8')).toBe('note');
});

test("GET /debug/runs shows the owner's runs where origins are allowed", async () => {
  const { runs } = (await get('/debug/runs')).body as { runs: { run_id: string }[] };
  expect(runs.length).toBeGreaterThan(1);
  expect((await get('/debug/runs', bob)).body).toEqual({ runs: [] });
  const plain = await startDpo();
  expect((await plain.ask('GET /debug/runs')).status).toBe(404);
  await plain.stop();
});

test("GET /health is the DPO service's where it is one, and counts the runs", async () => {
  const health = {
    ...{ ok: true, version: '9.9.9', uptime_s: expect.any(Number) },
    queue_stats: {
      ...{ total_runs: expect.any(Number), queued: 0, running: 0, completed: expect.any(Number) },
      ...{ failed: 1, cancelled: expect.any(Number), queue_size: expect.any(Number), active_jobs: 0 },
    },
  };
  expect((await server.ask('GET /health')).body).toEqual({
    status: 'healthy',
    service: 'dpo-microservice',
    ...health,
  });
  expect((await server.ask('GET /api/dpo/health')).body).toEqual(health);
  const plain = await startDpo({ env: {} });
  expect((await plain.ask('GET /api/dpo/health')).status).toBe(200);
  await plain.stop();
});

test("paths and verbs that are not there are refused in FastAPI's form", async () => {
  expect((await get('/runs/a/b')).body).toEqual({ detail: 'Not Found' });
  const wrong = await get('/trigger-finetune');
  expect([wrong.status, wrong.body, wrong.headers.get('allow')]).toEqual([
    405,
    { detail: 'Method Not Allowed' },
    'POST',
  ]);
  const noKey = await server.ask('GET /runs/a');
  expect(noKey.status).toBe(401);
  expect(noKey.body).toEqual({ detail: expect.stringContaining('API key') });
  const reader = { authorization: `Bearer ${await server.keyOf('eve', ['read'])}` };
  expect((await server.ask('POST /trigger-finetune', { body: {}, headers: reader })).status).toBe(403);
});

function resultOf(model: string) {
  return {
    ...{ model, trainedTokens: 1, resultFiles: [], checkpoints: [], runId: null, directory: '' },
    hyperparameters: { epochs: 1, batchSize: 1, learningRateMultiplier: 1 },
  };
}
