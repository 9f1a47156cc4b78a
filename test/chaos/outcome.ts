// All that a fine-tuning job leaves behind, without what must differ between two jobs: names, times, pace.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FineTuneResult, Services } from '../../src/app/index.ts';
import { sha256 } from '../../src/core/index.ts';
import type { Job, JobEvent } from '../../src/jobs/index.ts';

/** What an undisturbed job and a disturbed one must have in common, to the bit. */
export type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** What measures time. */
const pace: ReadonlySet<string> = new Set(['tokens_per_second', 'examples_per_second']);
/** How a job says that it goes on from a checkpoint. */
const resumed = /^Going on from the checkpoint of step (\d+)$/;

export async function outcomeOf(services: Services, job: Job) {
  const result = job.result as unknown as FineTuneResult;
  const events = await eventsOf(services, job.id);
  const { catalogue, stores } = services;
  const rename = (text: string) => text.replaceAll(result.model, 'MODEL').replaceAll(job.id, 'JOB');
  const models = (await catalogue.list({ owner: job.owner })).filter(({ id }) => id.startsWith(result.model));
  return {
    told: events
      .filter(({ level, message }) => level === 'info' && !resumed.test(message))
      .map(({ type, message, data }) => ({ type, message: rename(message), data: timeless(data, rename) })),
    losses: await lossesOf(join(services.data, 'jobs', job.id, 'run', 'metrics.jsonl')),
    models: Object.fromEntries(
      await Promise.all(models.map(async ({ id }) => [rename(id), await filesOf(services, id)] as const)),
    ),
    checkpoints: result.checkpoints.map(({ step, metrics }) => ({ step, metrics: timeless(metrics) })),
    hyperparameters: result.hyperparameters,
    trainedTokens: result.trainedTokens,
    resultFiles: await resultFilesOf(services, job),
    record: (await stores.tracking.runs.info(result.runId ?? '')).status,
    left: (await readdir(join(services.data, 'jobs', job.id))).sort(),
  };
}

/** The steps from which a job went on. */
export async function resumedSteps(services: Services, id: string): Promise<readonly number[]> {
  return (await eventsOf(services, id)).flatMap(({ message }) => {
    const step = Number(resumed.exec(message)?.[1] ?? 0);
    return step > 0 ? [step] : [];
  });
}

async function eventsOf({ stores }: Services, id: string): Promise<readonly JobEvent[]> {
  return (await stores.jobs.events(id, { limit: 10_000 })).events;
}

/** What training has logged, but for its pace. */
export async function lossesOf(path: string): Promise<readonly unknown[]> {
  const rows = (await readFile(path, 'utf8')).trim().split('\n');
  return rows.map((row) => timeless(JSON.parse(row)));
}

/** Hashes of the files of a model, by name. */
async function filesOf({ catalogue }: Services, id: string): Promise<Readonly<Record<string, string>>> {
  const { base, adapter = base } = await catalogue.open(id, { owner: undefined });
  const names = (await readdir(adapter)).sort();
  const hashes = names.map(async (name) => [name, sha256(await readFile(join(adapter, name)))] as const);
  return Object.fromEntries(await Promise.all(hashes));
}

/** The contents of the result files that are the job's by name. */
async function resultFilesOf({ stores }: Services, { id, owner }: Job): Promise<readonly string[]> {
  const { items } = await stores.files.list({ owner, purpose: 'fine-tune-results' });
  const own = items.filter(({ filename }) => filename.includes(id));
  return Promise.all(
    own.map(async (file) => {
      const { stream } = await stores.files.open(file.id);
      return Buffer.concat(await stream.toArray()).toString('utf8');
    }),
  );
}

/** Without pace and ids. */
export function timeless(value: unknown, rename: (text: string) => string = String): unknown {
  if (typeof value === 'string') return rename(value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => !pace.has(key) && !['id', 'createdAt'].includes(key),
  );
  return Object.fromEntries(entries.map(([key, one]) => [key, timeless(one, rename)]));
}
