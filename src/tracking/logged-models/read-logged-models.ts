// Reads what belongs to many logged models at once: one query per kind, whatever the number of models.
import type { Tables } from '../../store/index.ts';
import { isAmong } from '../among.ts';
import type { Param } from '../entities.ts';
import { toValue } from '../metric-value.ts';
import type { Names } from '../names.ts';
import type { TrackingTables } from '../tables.ts';
import type { LoggedModel, LoggedModelMetric, LoggedModelStatus } from './entities.ts';

export type LoggedModelRow = {
  readonly id: number;
  readonly model_id: string;
  readonly experiment: number;
  readonly name: string;
  readonly artifact_uri: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly status: LoggedModelStatus;
  readonly model_type: string;
  readonly source_run_id: string;
  readonly lifecycle: 'active' | 'deleted';
};

/** The models of the rows, in their order; parameters and tags by their keys. */
export async function readLoggedModels(
  tables: Tables<TrackingTables>,
  names: Names,
  rows: readonly LoggedModelRow[],
): Promise<readonly LoggedModel[]> {
  if (rows.length === 0) return [];
  const { tags, params, metrics } = await readBelongings(tables, rows);
  const known = await names.namesOf(namesIn(tags, params, metrics));
  const texts = (of: ReadonlyMap<number, readonly TextRow[]>, id: number) =>
    (of.get(id) ?? [])
      .map((row): Param => ({ key: known.get(row.name) ?? '', value: row.value }))
      .sort(byKey);
  const tagsOf = Map.groupBy(tags, ({ model }) => model);
  const paramsOf = Map.groupBy(params, ({ model }) => model);
  const metricsOf = Map.groupBy(metrics, ({ model }) => model);
  return rows.map((row) => ({
    ...toLoggedModelInfo(row),
    tags: texts(tagsOf, row.id),
    params: texts(paramsOf, row.id),
    metrics: (metricsOf.get(row.id) ?? []).map((metric) => toMetric(metric, row.model_id, known)),
  }));
}

type TextRow = { readonly model: number; readonly name: number; readonly value: string };

async function readBelongings({ db, dialect }: Tables<TrackingTables>, rows: readonly LoggedModelRow[]) {
  const ids = rows.map(({ id }) => id);
  const among = isAmong('v.model', ids, dialect);
  return {
    tags: await db.selectFrom('logged_model_tags as v').selectAll().where(among).execute(),
    params: await db.selectFrom('logged_model_params as v').selectAll().where(among).execute(),
    metrics: await db
      .selectFrom('logged_model_metrics as v')
      .innerJoin('runs as r', 'r.id', 'v.run')
      .selectAll('v')
      .select('r.run_id')
      .where(among)
      .orderBy('v.model')
      .orderBy('v.name')
      .orderBy('v.timestamp')
      .orderBy('v.step')
      .execute(),
  };
}

function* namesIn(
  tags: readonly TextRow[],
  params: readonly TextRow[],
  metrics: readonly MetricRow[],
): Iterable<number> {
  for (const rows of [tags, params]) for (const { name } of rows) yield name;
  for (const { name, dataset_name, dataset_digest } of metrics) {
    yield name;
    if (dataset_name !== 0) yield dataset_name;
    if (dataset_digest !== 0) yield dataset_digest;
  }
}

type MetricRow = TrackingTables['logged_model_metrics'] & { readonly run_id: string };

function toMetric(row: MetricRow, modelId: string, names: ReadonlyMap<number, string>): LoggedModelMetric {
  const datasetName = names.get(row.dataset_name);
  const datasetDigest = names.get(row.dataset_digest);
  return {
    key: names.get(row.name) ?? '',
    value: toValue(row),
    timestamp: row.timestamp,
    step: row.step,
    modelId,
    runId: row.run_id,
    ...(datasetName === undefined ? {} : { datasetName }),
    ...(datasetDigest === undefined ? {} : { datasetDigest }),
  };
}

function toLoggedModelInfo(row: LoggedModelRow): Omit<LoggedModel, 'tags' | 'params' | 'metrics'> {
  return {
    modelId: row.model_id,
    experimentId: String(row.experiment),
    name: row.name,
    artifactUri: row.artifact_uri,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    status: row.status,
    modelType: row.model_type,
    sourceRunId: row.source_run_id,
  };
}

function byKey(a: Param, b: Param): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
