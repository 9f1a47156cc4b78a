// Orderings of logged models as SQL: by attributes, or by the latest value of a metric; ties by creation, the newest first.
import { type Expression, sql } from 'kysely';
import { LOGGED_MODELS, orderByField, type SortKey } from '../../store/index.ts';
import type { KnownNames } from '../search/run-conditions.ts';
import { allOf, type DatasetFilter, datasetConditions, modelAttribute } from './model-conditions.ts';

/** `metrics.NAME` or an attribute. A metric may be looked at as it was measured on one dataset. */
export type ModelOrder = {
  readonly field: string;
  /** True unless given. */
  readonly ascending?: boolean | undefined;
  readonly dataset?: DatasetFilter | undefined;
};

/** An ordering whose field is known. */
export type ParsedOrder = {
  readonly type: string;
  readonly key: string;
  readonly ascending: boolean;
  readonly dataset: DatasetFilter | undefined;
};

/** @throws InputError for a field that models are not ordered by */
export function parseModelOrder({ field, ascending = true, dataset }: ModelOrder): ParsedOrder {
  return { ...orderByField(field, ascending, LOGGED_MODELS), dataset };
}

/** Sort keys on the row `m` of the table of logged models. */
export function modelSortKeys(orders: readonly ParsedOrder[], names: KnownNames): readonly SortKey[] {
  const byCreation = orders.find(({ type, key }) => type === 'attribute' && key === 'creation_timestamp');
  const descending = byCreation?.ascending !== true;
  const newestFirst: SortKey = { expression: sql.ref('m.created_at'), holds: 'number', descending };
  const byId: SortKey = { expression: sql.ref('m.id'), holds: 'number', descending };
  const keys = orders.flatMap((order) => keysOf(order, names));
  return [...keys, ...(byCreation === undefined ? [newestFirst] : []), byId];
}

function keysOf({ type, key, ascending, dataset }: ParsedOrder, names: KnownNames): readonly SortKey[] {
  const descending = !ascending;
  if (type !== 'metric') {
    const { column, holds } = modelAttribute(key);
    return [{ expression: column, holds, descending }];
  }
  const name = names.get(key);
  // Of a name that was never logged all models are alike.
  if (name === undefined) return [];
  const measured = dataset === undefined ? [] : datasetConditions(dataset, names);
  const conditions = [sql`v.model = m.id`, sql`v.name = ${name}`, ...measured];
  const latest = (column: 'value' | 'is_nan'): Expression<unknown> =>
    sql`(select ${sql.ref(`v.${column}`)} from logged_model_metrics as v where ${allOf(conditions)}
      order by v.timestamp desc, v.step desc, v.run desc, v.dataset_name desc, v.dataset_digest desc, v.value desc, v.is_nan desc limit 1)`;
  return [
    { expression: latest('is_nan'), holds: 'number', descending: false, nulls: 'last' },
    { expression: latest('value'), holds: 'number', descending, nulls: 'last' },
  ];
}
