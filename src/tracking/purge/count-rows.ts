// Counts the rows that permanent deletion would remove.
import { type Expression, type SqlBool, sql } from 'kysely';
import type { Tables } from '../../store/index.ts';
import type { PurgeScope } from './doomed.ts';
import { isDoomedModel, isDoomedRun } from './doomed.ts';
import type { PurgeTables } from './tables.ts';

/** Rows by what they hold. */
export type PurgeCounts = {
  readonly experiments: number;
  readonly runs: number;
  readonly loggedModels: number;
  /** Points of metrics, of runs and of logged models. */
  readonly points: number;
  readonly params: number;
  readonly tags: number;
  /** Inputs and outputs. */
  readonly links: number;
};

/** The rows of all runs, logged models and experiments of a scope. */
export async function countRows(tables: Tables<PurgeTables>, scope: PurgeScope): Promise<PurgeCounts> {
  const { db } = tables;
  const runs = db
    .selectFrom('runs')
    .select('runs.id')
    .where((eb) => isDoomedRun(eb, scope));
  const models = db
    .selectFrom('logged_models')
    .select('logged_models.id')
    .where((eb) => isDoomedModel(eb, scope));
  const experiments = db
    .selectFrom('experiments')
    .select('experiments.id')
    .where('lifecycle', '=', 'deleted')
    .where('updated_at', '<', scope.deletedBefore ?? Number.MAX_SAFE_INTEGER);
  const count = async (table: keyof PurgeTables, condition: Expression<SqlBool>) => {
    const query = sql<{
      count: number | string;
    }>`select count(*) as count from ${sql.table(table)} where ${condition}`;
    const { rows } = await query.execute(db);
    return Number(rows[0]?.count ?? 0);
  };
  const ofRuns = sql<SqlBool>`run in ${runs}`;
  const ofModels = sql<SqlBool>`model in ${models}`;
  const sum = async (...parts: readonly Promise<number>[]) =>
    (await Promise.all(parts)).reduce((total, part) => total + part, 0);
  return {
    experiments: await count('experiments', sql<SqlBool>`id in ${experiments}`),
    runs: await count('runs', sql<SqlBool>`id in ${runs}`),
    loggedModels: await count('logged_models', sql<SqlBool>`id in ${models}`),
    points: await sum(
      count('metric_points', ofRuns),
      count('logged_model_metrics', sql<SqlBool>`(${ofRuns} or ${ofModels})`),
    ),
    params: await sum(count('params', ofRuns), count('logged_model_params', ofModels)),
    tags: await sum(
      count('run_tags', ofRuns),
      count('logged_model_tags', ofModels),
      count('experiment_tags', sql<SqlBool>`experiment in ${experiments}`),
    ),
    links: await sum(
      count('dataset_inputs', ofRuns),
      count('model_inputs', ofRuns),
      count('model_outputs', ofRuns),
    ),
  };
}
