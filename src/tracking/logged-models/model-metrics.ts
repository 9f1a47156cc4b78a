// Values that runs log for models: they belong to the model's metrics as well as to the run's.
import { NotFoundError } from '../../core/index.ts';
import type { InsertMany, Transaction } from '../../store/index.ts';
import type { Metric } from '../entities.ts';
import { inputLimits } from '../inputs/limits.ts';
import { checkLength } from '../limits.ts';
import { storedValue } from '../metric-value.ts';
import { numberOf } from '../run-tags.ts';
import type { TrackingTables } from '../tables.ts';

/** The number in place of a dataset's name where there is none. */
export const noDataset = 0;

const insertMetrics: InsertMany = {
  into: 'logged_model_metrics',
  columns: {
    model: 'bigint',
    name: 'bigint',
    timestamp: 'bigint',
    step: 'bigint',
    run: 'bigint',
    dataset_name: 'bigint',
    dataset_digest: 'bigint',
    value: 'double precision',
    is_nan: 'smallint',
  },
  onConflict: 'on conflict do nothing',
};

/** What the datasets of the metrics are called: texts that need a number. @throws InputError for one that is too long */
export function namesOfDatasets(metrics: readonly Metric[]): readonly string[] {
  return metrics.flatMap(({ modelId, datasetName, datasetDigest }) => {
    if (modelId === undefined) return [];
    checkLength('dataset_name', datasetName ?? '', inputLimits.name);
    checkLength('dataset_digest', datasetDigest ?? '', inputLimits.digest);
    return [datasetName, datasetDigest].filter((text) => text !== undefined);
  });
}

/** Adds values that are logged to a run to the models that they name. @throws NotFoundError for a model that is not there */
export async function writeModelMetrics(
  {
    transaction,
    run,
    numbers,
  }: {
    readonly transaction: Transaction<TrackingTables>;
    readonly run: number;
    readonly numbers: ReadonlyMap<string, number>;
  },
  metrics: readonly Metric[],
): Promise<void> {
  const ids = new Set(metrics.flatMap(({ modelId }) => modelId ?? []));
  if (ids.size === 0) return;
  const models = await modelNumbers(transaction, ids);
  const numberOrNone = (text: string | undefined) =>
    text === undefined ? noDataset : numberOf(numbers, text);
  const rows = metrics.flatMap((metric) => {
    const { key, value, timestamp, step, modelId, datasetName, datasetDigest } = metric;
    if (modelId === undefined) return [];
    const dataset = [numberOrNone(datasetName), numberOrNone(datasetDigest)];
    const point = [storedValue(value), Number.isNaN(value) ? 1 : 0];
    return [[numberOf(models, modelId), numberOf(numbers, key), timestamp, step, run, ...dataset, ...point]];
  });
  await transaction.insertMany(insertMetrics, rows);
}

/** The row numbers of models by their ids. */
async function modelNumbers(
  { db }: Transaction<TrackingTables>,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('logged_models')
    .select(['id', 'model_id'])
    .where('model_id', 'in', [...ids])
    .execute();
  const numbers = new Map(rows.map(({ id, model_id }) => [model_id, id]));
  for (const id of ids) if (!numbers.has(id)) throw noLoggedModel(id);
  return numbers;
}

/** MLflow's text. */
export function noLoggedModel(modelId: string): NotFoundError {
  return new NotFoundError(`Logged model with ID '${modelId}' not found.`);
}
