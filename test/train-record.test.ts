// Runs and their records: the same numbers with and without a tracker, whatever the tracker does; one point for each step.
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { workflows } from '../src/app/index.ts';
import { InputError, InterruptedError } from '../src/core/index.ts';
import { writeToyData } from '../src/data/index.ts';
import { readMetrics, type TrainConfig, trainSchema } from '../src/training/index.ts';

const { openStores } = await workflows.stores();
const { syncRuns } = await workflows.syncRuns();
const { runTraining } = await workflows.train();
type Stores = Awaited<ReturnType<typeof openStores>>;
type TrainingControl = NonNullable<Parameters<typeof runTraining>[1]>;

let directory: string;
let data: { readonly train: string; readonly eval: string };
let alone: unknown;
const cleanUp: (() => unknown)[] = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hone-record-'));
  const toy = await writeToyData(join(directory, 'toy'), { count: 24, evalCount: 4 });
  data = { train: toy.sftTrain, eval: toy.sftEval };
  const { output } = await runTraining(config('alone', { tracking: null }));
  alone = await losses(output);
});
afterEach(async () => {
  for (const clean of cleanUp.splice(0)) await clean();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function config(name: string, more: Record<string, unknown> = {}): TrainConfig {
  return trainSchema.parse({
    recipe: 'sft',
    model: 'new:hiddenSize=16:layers=1:heads=2:maxPositions=128',
    vocab_size: 300,
    output: join(directory, name),
    data: { ...data, max_length: 96 },
    batch_size: 4,
    max_steps: 4,
    eval_every: 2,
    checkpoint_every: 2,
    threads: 1,
    tracking: { uri: join(directory, 'data') },
    ...more,
  });
}

/** All that a run's numbers are, without its pace. */
async function losses(output: string) {
  const rows = await readMetrics(join(output, 'metrics.jsonl'));
  return rows.map(({ tokens_per_second: _, ...row }) => row);
}

async function stores(): Promise<Stores> {
  const opened = await openStores({ data: join(directory, 'data') });
  cleanUp.push(() => opened.close());
  return opened;
}

async function history({ tracking }: Stores, runId: string, key: string) {
  const { items } = await tracking.history.page((await tracking.runs.find(runId)).id, { key });
  return items.map(({ step, value }) => [step, value]);
}

async function stoppedAt(step: number, given: TrainConfig, control: TrainingControl = {}): Promise<void> {
  const stop = new AbortController();
  const onEvent: TrainingControl['onEvent'] = (event) => {
    if (event.type === 'step' && event.row.step === step) stop.abort();
  };
  await expect(runTraining(given, { ...control, signal: stop.signal, onEvent })).rejects.toThrow(
    InterruptedError,
  );
}

test('runTraining records what there is to know, and trains the same numbers', async () => {
  process.env.HONE_TEST_TOKEN = 'planted-secret';
  cleanUp.push(() => delete process.env.HONE_TEST_TOKEN);
  const given = config('whole', {
    tracking: { uri: join(directory, 'data'), run_name: 'planted-secret', experiment: 'e' },
  });
  const { record, output } = await runTraining(given, { source: 'hone train planted-secret.yaml' });
  expect(await losses(output)).toEqual(alone);
  expect(record).toMatchObject({
    isComplete: true,
    refused: 0,
    lost: 0,
    destination: join(directory, 'data'),
  });
  const opened = await stores();
  const runId = record?.runId ?? '';
  const run = await opened.tracking.runs.get(runId);
  expect(run.info).toMatchObject({ status: 'FINISHED', name: '***' });
  const rows = await readMetrics(join(output, 'metrics.jsonl'));
  expect(await history(opened, runId, 'loss')).toEqual(rows.map(({ step, loss }) => [step, loss]));
  const evaluations = await history(opened, runId, 'eval_loss');
  expect(evaluations.map(([step]) => step)).toEqual([0, 2, 4]);
  const before = JSON.parse(readFileSync(join(output, 'eval-before.json'), 'utf8'));
  expect(evaluations[0]).toEqual([0, before.loss]);
  const params = Object.fromEntries(run.params.map(({ key, value }) => [key, value]));
  expect(params).toMatchObject({
    batch_size: '4',
    'data.max_length': '96',
    lora: 'null',
    training_type: 'sft',
    data_strategy: 'train_val_split',
    train_examples: '24',
    total_steps: '4',
  });
  expect(params).not.toHaveProperty('output');
  const tags = Object.fromEntries(run.tags.map(({ key, value }) => [key, value]));
  expect(tags).toMatchObject({
    'mlflow.runType': 'training',
    'mlflow.source.name': 'hone train ***.yaml',
    'code.stage': 'training',
    'code.project': 'e',
    'code.interrupted': 'false',
    'code.artifact.available': 'true',
    'code.checkpoint.latest_step': '4',
  });
  expect(tags['code.run_key_hash']).toMatch(/^[0-9a-f]{64}$/);
  expect(run.metrics.map(({ key }) => key)).toContain('system/process_memory_megabytes');
  const root = join(directory, 'data', 'artifacts', run.info.experimentId, runId, 'artifacts');
  expect(readFileSync(join(root, 'model/model.safetensors'))).toEqual(
    readFileSync(join(output, 'final/model.safetensors')),
  );
  for (const file of [
    'run.json',
    'environment.json',
    'metrics.jsonl',
    'summary.json',
    'data/first-example.txt',
  ])
    expect(readFileSync(join(root, file), 'utf8').length).toBeGreaterThan(10);
  expect(readFileSync(join(root, 'plots/training.html'), 'utf8')).toContain('held out');
  expect(readFileSync(join(root, 'config.yaml'), 'utf8')).toContain('run_name: "***"');
  const datasets = await opened.tracking.inputs.searchDatasets([run.info.experimentId]);
  expect(datasets.map(({ context }) => context).sort()).toEqual(['environment', 'eval', 'training']);
});

test('a run that is stopped and resumed has one point for each step, and its end', async () => {
  await stoppedAt(3, config('stopped'));
  const opened = await stores();
  const first = await onlyRun(opened, 'stopped');
  expect(first.info.status).toBe('KILLED');
  const { record } = await runTraining(config('stopped'), { resume: true });
  expect(await losses(join(directory, 'stopped'))).toEqual(alone);
  const run = await opened.tracking.runs.get(record?.runId ?? '');
  expect(run.info).toMatchObject({ runId: first.info.runId, status: 'FINISHED' });
  expect(run.tags).toContainEqual({ key: 'code.interrupted', value: 'false' });
  expect((await history(opened, run.info.runId, 'loss')).map(([step]) => step)).toEqual([1, 2, 3, 4]);
  expect((await history(opened, run.info.runId, 'eval_loss')).map(([step]) => step)).toEqual([0, 2, 4]);
  await runTraining(config('stopped'), { resume: true });
  const again = await opened.tracking.runs.get(run.info.runId);
  expect(again).toEqual(run);
});

test('a process that was killed between its checkpoint and its record gets both together again', async () => {
  await stoppedAt(3, config('torn'));
  // As after a kill at step 3 with the newest checkpoint at step 2
  rmSync(join(directory, 'torn/checkpoints/step-3'), { recursive: true });
  const { record } = await runTraining(config('torn'), { resume: true });
  const opened = await stores();
  expect(await losses(join(directory, 'torn'))).toEqual(alone);
  expect((await history(opened, record?.runId ?? '', 'loss')).map(([step]) => step)).toEqual([1, 2, 3, 4]);
});

test('a run that was not recorded at first is recorded from its beginning when it is resumed', async () => {
  await stoppedAt(3, config('late', { tracking: null }));
  const { record } = await runTraining(config('late'), { resume: true });
  const opened = await stores();
  expect((await history(opened, record?.runId ?? '', 'loss')).map(([step]) => step)).toEqual([1, 2, 3, 4]);
  expect((await history(opened, record?.runId ?? '', 'eval_loss')).map(([step]) => step)).toEqual([0, 2, 4]);
});

test('a run that fails is recorded as failed; one that is refused before its start is not recorded', async () => {
  const failing = config('failing', { learning_rate: 1e30, max_grad_norm: null, optimizer: 'sgd' });
  await expect(runTraining(failing)).rejects.toThrow(/is (NaN|Infinity)/);
  const opened = await stores();
  const run = await onlyRun(opened, 'failing');
  expect(run.info.status).toBe('FAILED');
  expect(run.tags.find(({ key }) => key === 'code.error')?.value).toMatch(/at step/);
  const refused = config('refused', { data: { train: join(directory, 'nothing.jsonl') } });
  await expect(runTraining(refused)).rejects.toThrow(InputError);
  expect(await runsNamed(opened, 'refused')).toEqual([]);
});

test.each([
  ['is down', undefined],
  ['answers 500', 500],
  ['hangs', 'hang'],
  ['does not let the caller in', 401],
] as const)(
  'a tracker that %s changes nothing; the record is sent when it is well',
  { timeout: 60_000 },
  async (what, answer) => {
    const uri = await brokenServer(answer);
    const given = config(`broken-${what.replaceAll(' ', '-')}`, { tracking: { uri } });
    const messages: string[] = [];
    const { record, output } = await runTraining(given, {
      onEvent: (event) => event.type === 'message' && messages.push(event.text),
    });
    expect(await losses(output)).toEqual(alone);
    expect(record).toMatchObject({ isComplete: false, runId: undefined, destination: uri, lost: 0 });
    expect(record?.trouble).toBeDefined();
    // The same spool, sent to a tracker that works: moved, as a mended address would move it
    const moved = join(directory, `${basename(output)}-moved`);
    cpSync(output, moved, { recursive: true });
    await readdress(moved, uri, join(directory, 'data'));
    const [sent] = await syncRuns([moved]);
    expect(sent).toMatchObject({ isComplete: true, refused: 0 });
    const opened = await stores();
    const rows = await readMetrics(join(output, 'metrics.jsonl'));
    expect(await history(opened, sent?.runId ?? '', 'loss')).toEqual(
      rows.map(({ step, loss }) => [step, loss]),
    );
  },
);

test('what a tracker did not take is sent when the run is resumed', async () => {
  let isWell = false;
  const asked: string[] = [];
  const info = { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1/r/artifacts' };
  const uri = await brokenServer(503, (path) => {
    if (!isWell) return undefined;
    asked.push(path.split('/').at(-1) ?? '');
    if (path.includes('get-by-name')) return { experiment: { experiment_id: '1' } };
    return path.endsWith('runs/create') ? { run: { info } } : {};
  });
  const given = config('waiting', { tracking: { uri } });
  expect((await runTraining(given)).record).toMatchObject({ isComplete: false });
  isWell = true;
  const { record } = await runTraining(given, { resume: true });
  expect(record).toMatchObject({ isComplete: true, runId: 'r', trouble: undefined });
  expect(asked).toEqual(
    expect.arrayContaining(['create', 'log-batch', 'log-inputs', 'update', 'model.safetensors']),
  );
  asked.length = 0;
  await runTraining(given, { resume: true });
  expect(asked).toEqual([]);
});

test('programs around a run hand it over as they do to MLflow', async () => {
  const env = {
    MLFLOW_EXPERIMENT_NAME: 'handed',
    MLFLOW_RUN_NAME: 'child',
    MLFLOW_PARENT_RUN_ID: 'f'.repeat(32),
    MLFLOW_TRIAL_NUMBER: '7',
    MLFLOW_SKIP_ARTIFACT_LOGGING: 'true',
  };
  Object.assign(process.env, env);
  cleanUp.push(() => {
    for (const name of Object.keys(env)) delete process.env[name];
  });
  const { record } = await runTraining(config('handed', { max_steps: 1 }));
  const opened = await stores();
  const run = await opened.tracking.runs.get(record?.runId ?? '');
  expect(run.info.name).toBe('child');
  expect((await opened.tracking.experiments.get(run.info.experimentId)).name).toBe('handed');
  expect(run.tags).toContainEqual({ key: 'mlflow.parentRunId', value: 'f'.repeat(32) });
  expect(run.tags).toContainEqual({ key: 'trial_number', value: '7' });
  expect(await opened.artifacts.list()).not.toContainEqual(
    expect.objectContaining({ path: expect.stringContaining(run.info.experimentId) }),
  );
});

test('runTraining refuses a place that is none, and an address with a password, before it reads anything', async () => {
  for (const uri of ['http://me:hidden@host', 'databricks://x', 'sqlite:x.db']) {
    const refused = runTraining(config('nowhere', { tracking: { uri } }));
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.not.toThrow(/hidden/);
  }
});

async function runsNamed({ tracking }: Stores, name: string) {
  const experiment = await tracking.experiments.getByName('hone');
  const { items } = await tracking.runSearch.page({
    experimentIds: [experiment?.id ?? ''],
    filter: `attributes.run_name = '${name}'`,
  });
  return items;
}

async function onlyRun(opened: Stores, name: string) {
  const [run, ...others] = await runsNamed(opened, name);
  expect(others).toEqual([]);
  if (run === undefined) throw new Error(`no run ${name}`);
  return run;
}

async function brokenServer(
  answer: number | 'hang' | undefined,
  well?: (path: string) => unknown,
): Promise<string> {
  const server = createServer(async (request, response) => {
    await request.resume().toArray();
    const body = well?.(request.url ?? '');
    if (body !== undefined) response.writeHead(200).end(JSON.stringify(body));
    else if (typeof answer === 'number') response.writeHead(answer).end('no');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  if (answer === undefined) stop();
  else cleanUp.push(stop);
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function readdress(output: string, from: string, to: string): Promise<void> {
  const { readdir, writeFile } = await import('node:fs/promises');
  for (const key of await readdir(join(output, 'tracking'))) {
    const file = join(output, 'tracking', key, 'spool.jsonl');
    const text = readFileSync(file, 'utf8');
    await writeFile(file, text.replace(JSON.stringify(from), JSON.stringify(to)));
  }
}
