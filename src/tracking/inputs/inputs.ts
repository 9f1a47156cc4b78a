// The inputs and outputs of runs: logged, and the datasets of experiments found.
import { InputError } from '../../core/index.ts';
import type { InsertMany, Tables, Transaction } from '../../store/index.ts';
import type { Names } from '../names.ts';
import { upsertTags } from '../run-tags.ts';
import { type LockRun, lockActiveRun } from '../runs.ts';
import type { TrackingTables } from '../tables.ts';
import { contextTag } from './dataset-condition.ts';
import type { DatasetInput, DatasetSummary, ModelOutput } from './entities.ts';
import { checkDatasetInput, checkModelId } from './limits.ts';
import { modelHistoryTag, readModelRecord, withModel } from './model-history.ts';

export type NewInputs = {
  readonly datasets?: readonly DatasetInput[];
  /** Ids of logged models. */
  readonly models?: readonly string[];
};

/** Experiments that one search of datasets takes. */
const searchedExperiments = 20;
/** Summaries that it gives. */
const summaryLimit = 1000;

/** Inputs and outputs of runs. Errors: NotFoundError, StateError (a deleted run), InputError. */
export class Inputs {
  readonly #tables: Tables<TrackingTables>;
  readonly #names: Names;

  readonly #lock: LockRun;

  /** @param lock which runs may be written to: the active ones unless told otherwise */
  constructor(tables: Tables<TrackingTables>, names: Names, lock: LockRun = lockActiveRun) {
    this.#tables = tables;
    this.#names = names;
    this.#lock = lock;
  }

  /**
   * Logs what a run reads. A dataset that the experiment knows by name and digest stays as it was logged first, an input that the
   * run has keeps its tags.
   */
  async log(runId: string, { datasets = [], models = [] }: NewInputs): Promise<void> {
    for (const input of datasets) checkDatasetInput(input);
    for (const model of models) checkModelId(model);
    await this.#tables.write(async (transaction) => {
      const { id, experiment } = await this.#lock(transaction, runId);
      if (datasets.length > 0)
        await writeDatasets(transaction, { run: id, experiment, inputs: firstOfEach(datasets) });
      await transaction.insertMany(
        insertModelInputs,
        [...new Set(models)].map((model) => [id, model]),
      );
    });
  }

  /** Logs what a run makes. @throws InputError for a model that the run made at another step */
  async logOutputs(runId: string, outputs: readonly ModelOutput[]): Promise<void> {
    for (const { modelId } of outputs) checkModelId(modelId);
    await this.#tables.write(async (transaction) => {
      const { id } = await this.#lock(transaction, runId);
      const rows = outputs.map(({ modelId, step }) => [id, modelId, step]);
      const added = await transaction.insertMany(insertModelOutputs, rows);
      if (added < outputs.length) await refuseOtherSteps(transaction, { run: id, runId, outputs });
    });
  }

  /**
   * Notes in the tag `mlflow.log-model.history` that a run made a model.
   * @param modelJson the model's own description: its MLmodel file as JSON
   */
  async recordModel(runId: string, modelJson: string): Promise<void> {
    const record = readModelRecord(modelJson);
    const numbers = await this.#names.numbersOf([modelHistoryTag]);
    await this.#tables.write(async (transaction) => {
      const { id } = await this.#lock(transaction, runId);
      const tag = await transaction.db
        .selectFrom('run_tags')
        .select('value')
        .where('run', '=', id)
        .where('name', 'in', [...numbers.values()])
        .executeTakeFirst();
      const tags = [{ key: modelHistoryTag, value: withModel(tag?.value, record) }];
      await upsertTags(transaction, { run: id, tags, numbers });
    });
  }

  /** The datasets that runs of the experiments read, each with its contexts: 1,000 at most. */
  async searchDatasets(experimentIds: readonly string[]): Promise<readonly DatasetSummary[]> {
    if (experimentIds.length === 0)
      throw new InputError('SearchDatasets request must specify at least one experiment_id.');
    if (experimentIds.length > searchedExperiments)
      throw new InputError(
        `SearchDatasets request cannot specify more than ${searchedExperiments} experiment_ids. Received ${experimentIds.length} experiment_ids.`,
      );
    const experiments = experimentIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
    if (experiments.length === 0) return [];
    const rows = await this.#tables.db
      .selectFrom('datasets as d')
      .innerJoin('dataset_inputs as i', 'i.dataset', 'd.id')
      .leftJoin('dataset_input_tags as t', (join) =>
        join.onRef('t.input', '=', 'i.id').on('t.key', '=', contextTag),
      )
      .select(['d.id', 'd.experiment', 'd.name', 'd.digest', 't.value'])
      .distinct()
      .where('d.experiment', 'in', experiments)
      .orderBy('d.id')
      .orderBy('t.value')
      .limit(summaryLimit)
      .execute();
    return rows.map(({ experiment, name, digest, value }) => ({
      experimentId: String(experiment),
      name,
      digest,
      context: value ?? undefined,
    }));
  }
}

/** Of several inputs of one dataset the first counts. */
function firstOfEach(inputs: readonly DatasetInput[]): readonly DatasetInput[] {
  const first = new Map<string, DatasetInput>();
  for (const input of inputs) {
    const key = keyOf(input.dataset);
    if (!first.has(key)) first.set(key, input);
  }
  return [...first.values()];
}

function keyOf({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return JSON.stringify([name, digest]);
}

const insertDatasets: InsertMany = {
  into: 'datasets',
  columns: {
    experiment: 'bigint',
    name: 'text',
    digest: 'text',
    source_type: 'text',
    source: 'text',
    schema: 'text',
    profile: 'text',
  },
  onConflict: 'on conflict do nothing',
};

const insertDatasetInputs: InsertMany = {
  into: 'dataset_inputs',
  columns: { run: 'bigint', dataset: 'bigint' },
  onConflict: 'on conflict do nothing',
};

const insertTags: InsertMany = {
  into: 'dataset_input_tags',
  columns: { input: 'bigint', key: 'text', value: 'text' },
  onConflict: 'on conflict do nothing',
};

const insertModelInputs: InsertMany = {
  into: 'model_inputs',
  columns: { run: 'bigint', model_id: 'text' },
  onConflict: 'on conflict do nothing',
};

const insertModelOutputs: InsertMany = {
  into: 'model_outputs',
  columns: { run: 'bigint', model_id: 'text', step: 'bigint' },
  onConflict: 'on conflict do nothing',
};

type Writing = {
  readonly run: number;
  readonly experiment: number;
  readonly inputs: readonly DatasetInput[];
};

async function writeDatasets(
  transaction: Transaction<TrackingTables>,
  { run, experiment, inputs }: Writing,
): Promise<void> {
  const numbers = await datasetNumbers(transaction, experiment, inputs);
  const known = await transaction.db
    .selectFrom('dataset_inputs')
    .select('dataset')
    .where('run', '=', run)
    .execute();
  const knownNumbers = new Set(known.map(({ dataset }) => dataset));
  const added = new Map<number, DatasetInput>();
  for (const input of inputs) {
    const number = numbers.get(keyOf(input.dataset));
    if (number !== undefined && !knownNumbers.has(number)) added.set(number, input);
  }
  if (added.size === 0) return;
  await transaction.insertMany(
    insertDatasetInputs,
    [...added.keys()].map((dataset) => [run, dataset]),
  );
  const rows = await transaction.db
    .selectFrom('dataset_inputs')
    .select(['id', 'dataset'])
    .where('run', '=', run)
    .execute();
  const tags = rows.flatMap(({ id, dataset }) => tagRows(id, added.get(dataset)));
  await transaction.insertMany(insertTags, tags);
}

/** Of several tags with one key the last counts. */
function tagRows(id: number, input: DatasetInput | undefined): (readonly [number, string, string])[] {
  const latest = new Map(input?.tags.map(({ key, value }) => [key, value]));
  return [...latest].map(([key, value]) => [id, key, value]);
}

/** The row numbers of datasets by their keys; those that the experiment does not know are added. */
async function datasetNumbers(
  { db, insertMany }: Transaction<TrackingTables>,
  experiment: number,
  inputs: readonly DatasetInput[],
): Promise<ReadonlyMap<string, number>> {
  // In one order, so that two writers never wait for each other in a circle.
  const datasets = inputs.map(({ dataset }) => dataset).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  await insertMany(
    insertDatasets,
    datasets.map(({ name, digest, sourceType, source, schema, profile }) => [
      experiment,
      name,
      digest,
      sourceType,
      source,
      schema ?? null,
      profile ?? null,
    ]),
  );
  const rows = await db
    .selectFrom('datasets')
    .select(['id', 'name', 'digest'])
    .where('experiment', '=', experiment)
    .where('name', 'in', [...new Set(datasets.map(({ name }) => name))])
    .execute();
  return new Map(rows.map((row) => [keyOf(row), row.id]));
}

async function refuseOtherSteps(
  { db }: Transaction<TrackingTables>,
  {
    run,
    runId,
    outputs,
  }: { readonly run: number; readonly runId: string; readonly outputs: readonly ModelOutput[] },
): Promise<void> {
  const rows = await db
    .selectFrom('model_outputs')
    .select(['model_id', 'step'])
    .where('run', '=', run)
    .execute();
  const steps = new Map(rows.map(({ model_id, step }) => [model_id, step]));
  for (const { modelId, step } of outputs) {
    const known = steps.get(modelId);
    if (known !== step)
      throw new InputError(
        `Cannot log the model ${modelId} as an output of the run ${runId} at step ${step}: it was logged at step ${known}; log another model for each step`,
      );
  }
}
