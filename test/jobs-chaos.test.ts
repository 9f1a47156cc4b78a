// Workers that are killed at random: every job ends exactly once, from checkpoints, as if nothing had happened.
// HONE_CHAOS_JOBS (6 unless told) and HONE_CHAOS_WORKERS (2) say how many; the issue's own figures are 200 and 4, on PostgreSQL.
// There are as many disturbances as jobs, HONE_CHAOS_PAUSE is the mean time between two in ms (1,500), HONE_CHAOS_SEED chooses them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type Services, workflows } from '../src/app/index.ts';
import { Random } from '../src/core/index.ts';
import type { Job } from '../src/jobs/index.ts';
import { postgresAvailable, sharedPostgres } from '../src/testing/postgres.ts';
import { writeTinyChatModel } from '../src/testing/tiny-chat-model.ts';
import { appendedFile, appends } from './chaos/append-kind.ts';
import { type Disturbances, Fleet } from './chaos/fleet.ts';
import { type Outcome, outcomeOf, resumedSteps } from './chaos/outcome.ts';
import { reachedStates, watchStates } from './chaos/states.ts';

const count = Number(process.env.HONE_CHAOS_JOBS ?? 6);
const workers = Number(process.env.HONE_CHAOS_WORKERS ?? 2);
const meanMs = Number(process.env.HONE_CHAOS_PAUSE ?? 1500);
const seed = Number(process.env.HONE_CHAOS_SEED ?? 6);
const leaseMs = 3000;
const appendSteps = 40;
const owner = 'ann';
const reasonWithoutPostgres = await postgresAvailable();

const root = mkdtempSync(join(tmpdir(), 'hone-chaos-'));
const fleets: Fleet[] = [];
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.stop();
});
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

type Service = {
  readonly services: Services;
  readonly fleetOf: (workers: number) => Fleet;
  /** Submits one of the specifications. */
  readonly tune: (which: 'supervised' | 'dpo') => Promise<string>;
  readonly append: () => Promise<string>;
};

async function openService(name: string, database: string): Promise<Service> {
  const directory = join(root, name);
  const base = join(directory, 'base');
  await writeTinyChatModel(base);
  const locations = { data: join(directory, 'data'), database, models: [`tiny=${base}`] };
  const services = await (await workflows.services()).openServices(locations);
  await watchStates(services.stores.database);
  const files = { supervised: await upload(services, conversations), dpo: await upload(services, pairs) };
  const { submitFineTune } = await workflows.finetune();
  return {
    services,
    fleetOf: (number) => {
      const fleet = new Fleet({ workers: number, settings: { locations, leaseMs } });
      fleets.push(fleet);
      return fleet;
    },
    tune: async (method) => {
      const hyperparameters = { epochs: 3, batchSize: 1 };
      // Dropout draws by step: a job that went on from a wrong place would end with other weights
      const overrides = { lora: { rank: 2, dropout: 0.1 }, checkpoint_every: 15 };
      const spec = {
        model: 'tiny',
        method,
        trainingFile: files[method],
        seed: 5,
        hyperparameters,
        overrides,
      };
      return (await submitFineTune(services, { owner, face: 'test', spec })).job.id;
    },
    append: async () => {
      const spec = { steps: appendSteps };
      return (await services.stores.jobs.submit({ kind: appends, owner, spec, maxAttempts: 20 })).job.id;
    },
  };
}

const conversations = Array.from({ length: 60 }, (_, i) => ({
  messages: [
    { role: 'user', content: `Where is parcel ${i}?` },
    { role: 'assistant', content: `Parcel ${i} is on its way.` },
  ],
}));
const pairs = Array.from({ length: 30 }, (_, i) => ({
  input: { messages: [{ role: 'user', content: `Where is parcel ${i}?` }] },
  preferred_output: [{ role: 'assistant', content: `Parcel ${i} is on its way.` }],
  non_preferred_output: [{ role: 'assistant', content: 'Who knows?' }],
}));

async function upload({ stores }: Services, rows: readonly unknown[]): Promise<string> {
  const text = rows.map((row) => JSON.stringify(row)).join('\n');
  const body = (async function* () {
    yield Buffer.from(text);
  })();
  return (await stores.files.create({ owner, filename: 'data.jsonl', purpose: 'fine-tune' }, body)).id;
}

/** Waits until nothing waits and nothing runs. */
async function untilQuiet({ stores }: Services): Promise<void> {
  for (;;) {
    const { queued, running } = await stores.jobs.counts();
    if (queued + running === 0) return;
    await sleep(250);
  }
}

/** Waits until what follows the end of these jobs was done: their directories hold their records alone. */
async function untilTidy({ data }: Services, ids: Iterable<string>): Promise<void> {
  for (const id of ids) while (readdirSync(join(data, 'jobs', id)).length > 2) await sleep(50);
}

async function survive(name: string, database: string): Promise<void> {
  const service = await openService(name, database);
  const { services } = service;
  const { jobs } = services.stores;
  const calm = service.fleetOf(1);
  const models = { supervised: await service.tune('supervised'), dpo: await service.tune('dpo') };
  await untilQuiet(services);
  await untilTidy(services, Object.values(models));
  expect(await calm.stop()).toEqual([]);
  const undisturbed = {
    supervised: await outcomeOf(services, await jobs.get(models.supervised)),
    dpo: await outcomeOf(services, await jobs.get(models.dpo)),
  };
  expect(undisturbed.supervised.losses).toHaveLength(180);

  const started = performance.now();
  const tuned = new Map<string, Outcome>();
  const appended: string[] = [];
  for (let i = 0; i < count; i++) {
    if (i % 4 === 3) appended.push(await service.append());
    else if (i % 4 === 2) tuned.set(await service.tune('dpo'), undisturbed.dpo);
    else tuned.set(await service.tune('supervised'), undisturbed.supervised);
  }
  const fleet = service.fleetOf(workers);
  const disturbing = fleet.disturb(new Random(seed), { times: count, meanMs });
  await untilQuiet(services);
  const seconds = (performance.now() - started) / 1000;
  expect(await fleet.stop()).toEqual([]);
  await disturbing;
  // What a killed worker left to be done after an end is done by the next one
  const last = service.fleetOf(1);
  await untilTidy(services, tuned.keys());
  await last.stop();

  const states = await reachedStates(services.stores.database);
  for (const id of [...tuned.keys(), ...appended]) {
    const reached = states.get(id) ?? [];
    expect(reached.map(({ state }) => state).join(' ')).toMatch(/^running( queued running)* succeeded$/);
  }
  let resumes = 0;
  for (const [id, expected] of tuned) {
    const job = await jobs.get(id);
    expect({ id, ...(await outcomeOf(services, job)) }).toEqual({ id, ...expected });
    resumes += (await resumedSteps(services, id)).length;
  }
  for (const id of appended) checkAppended(services, await jobs.get(id));
  report(name, { done: fleet.done, resumes, seconds, states });
  if (fleet.done.workersKilled > 10) expect(resumes).toBeGreaterThan(0);
  await services.close();
}

/** Each step once, in order, and no start after a later one. */
function checkAppended({ data }: Services, { id, result }: Job): void {
  expect(result).toEqual({ steps: appendSteps });
  const lines = readFileSync(appendedFile(data, id), 'utf8').trim().split('\n');
  const rows = lines.map((line) => line.split(' ').map(Number));
  expect(rows.map(([, step]) => step)).toEqual(Array.from({ length: appendSteps }, (_, i) => i + 1));
  const attempts = rows.map(([attempt = 0]) => attempt);
  expect(attempts).toEqual(attempts.toSorted((a, b) => a - b));
}

type Report = {
  readonly done: Disturbances;
  readonly resumes: number;
  readonly seconds: number;
  readonly states: Awaited<ReturnType<typeof reachedStates>>;
};

function report(name: string, { done, resumes, seconds, states }: Report): void {
  const starts = [...states.values()].flat().filter(({ state }) => state === 'running').length;
  const { workersKilled, jobsKilled, stalls } = done;
  console.log(
    `${name}: ${count} jobs by ${workers} workers in ${seconds.toFixed(0)} s: ${workersKilled} workers and ${jobsKilled} jobs' ` +
      `processes killed, ${stalls} workers stalled; ${starts} starts, ${resumes} from a checkpoint`,
  );
}

const timeout = 120_000 + count * 10_000;

test(`${count} jobs on SQLite end once each, whichever of ${workers} workers are killed`, {
  timeout,
}, async () => {
  await survive('sqlite', `sqlite:${join(root, 'chaos.db')}`);
});

test.skipIf(reasonWithoutPostgres !== undefined)(
  `${count} jobs on PostgreSQL end once each, whichever of ${workers} workers are killed ${reasonWithoutPostgres ?? ''}`,
  { timeout },
  async () => {
    await survive('postgres', await (await sharedPostgres()).createDatabase());
  },
);
