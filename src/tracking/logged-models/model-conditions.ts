// What a comparison of the search language means for a logged model, as SQL on the row `m` of the table of logged models.
import { type Expression, type SqlBool, sql } from 'kysely';
import {
  type Comparison,
  type ComparisonValue,
  type DialectName,
  numberCondition,
  textCondition,
} from '../../store/index.ts';
import { isKeyed, type KeyedType, type KnownNames, valueCondition } from '../search/run-conditions.ts';

/** A dataset that values are to be measured on, by its name, its digest or both. */
export type DatasetFilter = { readonly name?: string | undefined; readonly digest?: string | undefined };

export type ModelConditionContext = {
  /** The numbers of the names that the search speaks of: keys, and names and digests of datasets. */
  readonly names: KnownNames;
  readonly dialect: DialectName;
  /** Values of metrics count only where they were measured on one of these; on any data where there are none. */
  readonly datasets: readonly DatasetFilter[];
};

const valueTables = {
  metric: 'logged_model_metrics',
  parameter: 'logged_model_params',
  tag: 'logged_model_tags',
} as const satisfies Record<KeyedType, string>;

type Attribute =
  | { readonly column: Expression<string | null>; readonly holds: 'text' }
  | { readonly column: Expression<number>; readonly holds: 'number' };

const columns: Readonly<Record<string, Attribute>> = {
  name: text('m.name'),
  model_id: text('m.model_id'),
  model_type: text('m.model_type'),
  status: text('m.status'),
  source_run_id: text('m.source_run_id'),
  experiment_id: { column: sql<string>`cast(m.experiment as text)`, holds: 'text' },
  artifact_location: text('m.artifact_uri'),
  lifecycle_stage: text('m.lifecycle'),
  // MLflow has the column and never fills it.
  status_message: { column: sql<null>`cast(null as text)`, holds: 'text' },
  creation_timestamp: { column: sql.ref('m.created_at'), holds: 'number' },
  last_updated_timestamp: { column: sql.ref('m.updated_at'), holds: 'number' },
};

function text(name: string): Attribute {
  return { column: sql.ref(name), holds: 'text' };
}

/** The column of an attribute that the search language knows. */
export function modelAttribute(key: string): Attribute {
  const attribute = columns[key];
  if (attribute === undefined) throw new RangeError(`No column for the attribute '${key}'`);
  return attribute;
}

/** True for models that the comparison holds for. One of a metric holds where any of its values does. */
export function modelCondition(comparison: Comparison, context: ModelConditionContext): Expression<SqlBool> {
  const { type, key, operator } = comparison;
  if (!isKeyed(type)) return attributeCondition(comparison, context.dialect);
  const name = context.names.get(key);
  const isAbsence = operator === 'IS NULL';
  if (name === undefined) return isAbsence ? sql`1 = 1` : sql`1 = 0`;
  const value = isAbsence ? [] : [valueCondition(type, comparison, context.dialect)];
  const measured = type === 'metric' ? onDatasets(context) : [];
  const conditions = [sql`v.model = m.id`, sql`v.name = ${name}`, ...value, ...measured];
  const exists = sql<SqlBool>`exists (select 1 from ${sql.table(valueTables[type])} as v where ${allOf(conditions)})`;
  return isAbsence ? sql`not ${exists}` : exists;
}

/** True for models with any value that was measured on one of the datasets. */
export function measuredOn(context: ModelConditionContext): Expression<SqlBool> {
  const conditions = [sql`v.model = m.id`, ...onDatasets(context)];
  return sql`exists (select 1 from logged_model_metrics as v where ${allOf(conditions)})`;
}

/** The condition on a row `v` of values that it was measured on one of the datasets; none where any data will do. */
function onDatasets({ datasets, names }: ModelConditionContext): readonly Expression<unknown>[] {
  if (datasets.length === 0) return [];
  const each = datasets.map((dataset) => sql`(${allOf(datasetConditions(dataset, names))})`);
  return [sql`(${sql.join(each, sql` or `)})`];
}

/** The conditions on a row `v` of values that it was measured on the dataset. */
export function datasetConditions(
  { name, digest }: DatasetFilter,
  names: KnownNames,
): readonly Expression<unknown>[] {
  const equals = (column: string, text: string | undefined) =>
    text === undefined ? [] : [sql`${sql.ref(column)} = ${names.get(text) ?? -1}`];
  return [...equals('v.dataset_name', name), ...equals('v.dataset_digest', digest)];
}

export function allOf(conditions: readonly Expression<unknown>[]): Expression<unknown> {
  return sql.join(conditions, sql` and `);
}

function attributeCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const attribute = modelAttribute(comparison.key);
  if (attribute.holds === 'number') return numberCondition(attribute.column, comparison);
  const value = comparison.key === 'status' ? statusNames(comparison.value) : comparison.value;
  return textCondition(attribute.column, { operator: comparison.operator, value }, dialect);
}

/** Clients know a status by its name, by that of its message, and MLflow's database by a number. */
const statuses: Readonly<Record<string, string>> = {
  LOGGED_MODEL_PENDING: 'PENDING',
  LOGGED_MODEL_READY: 'READY',
  LOGGED_MODEL_UPLOAD_FAILED: 'FAILED',
  '1': 'PENDING',
  '2': 'READY',
  '3': 'FAILED',
};

function statusNames(value: ComparisonValue): ComparisonValue {
  const nameOf = (text: string) => statuses[text] ?? text;
  if (typeof value === 'string') return nameOf(value);
  return typeof value === 'object' ? value.map(nameOf) : value;
}
