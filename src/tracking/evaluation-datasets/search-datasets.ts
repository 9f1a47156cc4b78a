// Searching evaluation datasets: filters, orderings, pages.
import { sql } from 'kysely';
import { InputError } from '../../core/index.ts';
import {
  after,
  applyOrder,
  compileFilter,
  decodePageToken,
  encodePageToken,
  parseFilter,
  parseOrderBy,
  type SortKey,
  type Tables,
} from '../../store/index.ts';
import type { Page } from '../entities.ts';
import { toDatasets } from './dataset-rows.ts';
import type { EvaluationDataset } from './entities.ts';
import { datasetColumn, datasetCondition, EVALUATION_DATASETS } from './search-language.ts';
import type { EvaluationDatasetTables } from './tables.ts';

/** Which datasets, in which order, which page. */
export type EvaluationDatasetQuery = {
  /** Only datasets of these experiments; all where it is empty. */
  readonly experimentIds?: readonly string[];
  readonly filter?: string | undefined;
  /** `name ASC` and the like; the newest first by default. */
  readonly orderBy?: readonly string[];
  /** 1,000 by default. */
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** One page. @throws InputError for a filter, an ordering or a token that cannot be read */
export async function searchDatasets(
  { db, dialect }: Tables<EvaluationDatasetTables>,
  query: EvaluationDatasetQuery,
): Promise<Page<EvaluationDataset>> {
  const { experimentIds = [], orderBy = [], maxResults = 1000, pageToken } = query;
  if (maxResults < 1 || maxResults > 50_000)
    throw new InputError(
      `Invalid value ${maxResults} for parameter 'max_results' supplied. It must be ${maxResults < 1 ? 'a positive integer' : 'at most 50000'}`,
    );
  const filter = parseFilter(query.filter, EVALUATION_DATASETS);
  const keys = sortKeys(orderBy);
  const mark = { kind: 'evaluation datasets', of: experimentIds, filter: query.filter ?? '', orderBy };
  let rows = db
    .selectFrom('evaluation_datasets as d')
    .selectAll('d')
    .select(keys.map(({ expression }, index) => sql`${expression}`.as(`key_${index}`)))
    .limit(maxResults + 1);
  if (filter !== undefined)
    rows = rows.where(compileFilter(filter, (comparison) => datasetCondition(comparison, dialect)));
  if (experimentIds.length > 0)
    rows = rows.where('d.id', 'in', (of) =>
      of
        .selectFrom('evaluation_dataset_experiments')
        .select('dataset')
        .where('experiment', 'in', experimentIds),
    );
  if (pageToken) rows = rows.where(after(keys, decodePageToken(pageToken, mark, keys)));
  const found = await applyOrder(rows, keys).execute();
  const page = found.slice(0, maxResults);
  const last = found.length > maxResults ? page.at(-1) : undefined;
  return {
    items: await toDatasets(db, page),
    nextPageToken: last && encodePageToken(keyValues(last, keys.length), mark),
  };
}

function sortKeys(orderBy: readonly string[]): readonly SortKey[] {
  const orderings = parseOrderBy(orderBy.length === 0 ? ['created_time DESC'] : orderBy, EVALUATION_DATASETS);
  const keys = orderings.map(
    ({ key, ascending }): SortKey => ({
      expression: datasetColumn(key),
      holds: key === 'name' ? 'text' : 'number',
      descending: !ascending,
    }),
  );
  return [...keys, { expression: sql.ref('d.dataset_id'), holds: 'text', descending: true }];
}

/** The sort keys of a row, which the query selected beside its columns. */
function keyValues(row: object, count: number): readonly (string | number | null)[] {
  return Array.from({ length: count }, (_, index) => {
    const value: unknown = Reflect.get(row, `key_${index}`);
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  });
}
