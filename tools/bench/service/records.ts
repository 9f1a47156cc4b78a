// What else goes on in a service: metrics are logged, files come and go, lists are read.
import { setTimeout as sleep } from 'node:timers/promises';
import { toFile } from 'openai';
import { sha256 } from '../../../src/core/index.ts';
import { type LoadContext, timed, type Work } from './load.ts';

const batches = 50;
const metricsOfBatch = 20;

/** A run of MLflow's with its metrics, as a trainer elsewhere would log it. */
export const track: Work = async (context) => {
  const { run } = (await post(context, 'runs/create', { experiment_id: '0', start_time: Date.now() })) as {
    run: { info: { run_id: string } };
  };
  const { run_id } = run.info;
  for (let step = 0; step < batches && !context.over.aborted; step++) {
    const metrics = Array.from({ length: metricsOfBatch }, (_, i) => ({
      ...{ key: `m${i}`, value: context.random.uniform(), timestamp: Date.now(), step },
    }));
    await timed(context, 'tracking: log-batch', () => post(context, 'runs/log-batch', { run_id, metrics }));
    await sleep(20);
  }
  await timed(context, 'tracking: search', () =>
    post(context, 'runs/search', { experiment_ids: ['0'], filter: 'metrics.m0 > 0.5', max_results: 50 }),
  );
  await post(context, 'runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
};

async function post({ url }: LoadContext, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** A file up, down again, and away. */
export const exchangeFile: Work = async (context) => {
  const { client, random } = context;
  const rows = 100 + random.below(2000);
  const text = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({ text: `${i} ${random.uint32()}` }),
  ).join('\n');
  const { id } = await timed(context, 'files: upload', async () =>
    client.files.create({ file: await toFile(Buffer.from(text), 'rows.jsonl'), purpose: 'user_data' }),
  );
  const back = await timed(context, 'files: download', async () => (await client.files.content(id)).text());
  if (sha256(back) !== sha256(text)) throw new Error('A file came back with another content');
  await client.files.delete(id);
  await sleep(200);
};

/** What dashboards ask. */
export const look: Work = async (context) => {
  const { client, url } = context;
  await timed(context, 'lists: models', () => client.models.list());
  await timed(context, 'lists: jobs', () => client.fineTuning.jobs.list({ limit: 20 }));
  await timed(context, 'lists: files', () => client.files.list({ limit: 20 }));
  const metrics = await timed(context, 'lists: metrics', () => fetch(`${url}/metrics`));
  if (metrics.status !== 200) throw new Error(`/metrics: ${metrics.status}`);
  await metrics.text();
  await sleep(500);
};
