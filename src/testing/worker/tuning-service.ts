// A service with a tiny base model, for tests that tune it: files, jobs, workers in temporary directories.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JobKind, type Services, workflows } from '../../app/index.ts';
import type { Jobs } from '../../jobs/index.ts';
import { initializeParameters, newModel, saveModel } from '../../models/index.ts';
import { trainTokenizer } from '../../text/index.ts';

const { fineTuneJobKind, submitFineTune } = await workflows.finetune();
const { openServices } = await workflows.services();
type Request = Parameters<typeof submitFineTune>[1];

/** What a worker is started with. */
type WorkerBasics = {
  readonly jobs: Jobs;
  readonly kinds: readonly JobKind[];
  readonly dataDirectory: string;
  readonly pollMs: number;
};

/** Starts a worker: the folder of workers lies above this one. */
export type StartWorker = (options: WorkerBasics) => { stop(graceMs: number): Promise<void> };

/** A service, and what tests do with it. */
export type TuningService = Awaited<ReturnType<typeof openTuningService>>;

/** Opens a service in a directory of its own. `close` removes it. */
export async function openTuningService(startWorker: StartWorker, { separateArtifacts = false } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'hone-tuning-'));
  const base = join(root, 'base');
  await writeBase(base);
  const locations = {
    data: join(root, 'data'),
    models: [`tiny=${base}`],
    ...(separateArtifacts && { artifacts: join(root, 'store') }),
  };
  const services: Services = await openServices(locations);
  const workers: ReturnType<StartWorker>[] = [];
  return {
    root,
    data: locations.data,
    services,
    jobs: services.stores.jobs,
    upload: (rows: readonly unknown[], purpose = 'fine-tune') => upload(services, rows, purpose),
    submit: async (spec: Partial<Request['spec']>, request: Partial<Request> = {}) => {
      const seed = 1;
      const whole = { model: 'tiny', method: 'supervised', trainingFile: '', seed, ...spec } as const;
      return (await submitFineTune(services, { owner: 'ann', face: 'test', ...request, spec: whole })).job;
    },
    work: (more: Partial<WorkerBasics> = {}) => {
      const kinds = [fineTuneJobKind(services, locations)];
      const { jobs } = services.stores;
      const worker = startWorker({ jobs, kinds, dataDirectory: locations.data, pollMs: 100, ...more });
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop(0)));
      await services.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function upload({ stores }: Services, rows: readonly unknown[], purpose: string): Promise<string> {
  const text = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
  const body = (async function* () {
    yield Buffer.from(text);
  })();
  return (await stores.files.create({ owner: 'ann', filename: 'data.jsonl', purpose }, body)).id;
}

/** A few conversations. */
export function conversations(count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    messages: [
      { role: 'user', content: `Where is parcel ${i}?` },
      { role: 'assistant', content: `Parcel ${i} is on its way.` },
    ],
  }));
}

/** A few pairs. */
export function preferences(count: number): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    input: { messages: [{ role: 'user', content: `Where is parcel ${i}?` }] },
    preferred_output: [{ role: 'assistant', content: `Parcel ${i} is on its way.` }],
    non_preferred_output: [{ role: 'assistant', content: 'Who knows?' }],
  }));
}

async function writeBase(directory: string): Promise<void> {
  const texts = conversations(40).map((row) => JSON.stringify(row));
  const tokenizer = await trainTokenizer(texts, { vocabSize: 300 });
  const model = newModel(
    'new:hiddenSize=16,layers=1,heads=2,keyValueHeads=1,maxPositions=128',
    tokenizer.vocabSize,
  );
  const values = new Map(
    model.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
  );
  const valuesOf = (name: string) => values.get(name) as Float32Array;
  initializeParameters(model, 3, valuesOf);
  const extraFiles = Object.fromEntries(tokenizer.files);
  await saveModel(directory, {
    model,
    parameters: valuesOf,
    tokens: { eos: tokenizer.eosTokenIds },
    extraFiles,
  });
}
