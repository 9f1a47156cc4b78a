// Searches experiments by name, times and tags.
import { type Expression, type SqlBool, sql } from 'kysely';
import {
  after,
  applyOrder,
  type Comparison,
  compileFilter,
  type DialectName,
  decodePageToken,
  EXPERIMENTS,
  encodePageToken,
  numberCondition,
  type Ordering,
  parseFilter,
  parseOrderBy,
  type SortKey,
  type Tables,
  textCondition,
} from '../../store/index.ts';
import { isAmong } from '../among.ts';
import type { Experiment, Page, View } from '../entities.ts';
import { toExperiment } from '../experiments.ts';
import { checkPageSize } from '../limits.ts';
import type { TrackingTables } from '../tables.ts';

export type ExperimentQuery = {
  readonly filter?: string;
  readonly view?: View;
  /** 1 to 50,000; 1,000 unless given. */
  readonly maxResults?: number;
  /** The newest first unless given. */
  readonly orderBy?: readonly string[];
  readonly pageToken?: string;
};

/** Searches of experiments. Errors: InputError for a filter, an ordering or a page token that is not understood. */
export class ExperimentSearch {
  readonly #tables: Tables<TrackingTables>;

  constructor(tables: Tables<TrackingTables>) {
    this.#tables = tables;
  }

  async page(query: ExperimentQuery): Promise<Page<Experiment>> {
    const { db, dialect } = this.#tables;
    const { filter: text, view = 'active', maxResults = 1000, orderBy = [], pageToken } = query;
    checkPageSize(maxResults);
    const identity = { filter: text ?? '', orderBy, view };
    const keys = sortKeys(parseOrderBy(orderBy, EXPERIMENTS));
    const filter = parseFilter(text, EXPERIMENTS);
    let rows = applyOrder(db.selectFrom('experiments as e').selectAll('e'), keys).limit(maxResults + 1);
    if (view !== 'all') rows = rows.where('e.lifecycle', '=', view);
    if (filter !== undefined) rows = rows.where(compileFilter(filter, (one) => condition(one, dialect)));
    if (pageToken) rows = rows.where(after(keys, decodePageToken(pageToken, identity, keys)));
    const found = await rows.execute();
    const page = found.slice(0, maxResults);
    const last = found.length > maxResults ? page.at(-1) : undefined;
    const tags = await this.#tagsOf(page.map(({ id }) => id));
    return {
      items: page.map((row) => toExperiment(row, tags.get(row.id) ?? [])),
      nextPageToken:
        last === undefined
          ? undefined
          : encodePageToken(
              keys.map(({ column }) => last[column]),
              identity,
            ),
    };
  }

  async #tagsOf(experiments: readonly number[]) {
    const { db, dialect } = this.#tables;
    const rows = await db
      .selectFrom('experiment_tags')
      .selectAll()
      .where(isAmong('experiment', experiments, dialect))
      .orderBy('key')
      .execute();
    return Map.groupBy(rows, ({ experiment }) => experiment);
  }
}

type Column = 'id' | 'name' | 'created_at' | 'updated_at';

const columns: Readonly<Record<string, { readonly column: Column; readonly holds: 'number' | 'text' }>> = {
  experiment_id: { column: 'id', holds: 'number' },
  name: { column: 'name', holds: 'text' },
  creation_time: { column: 'created_at', holds: 'number' },
  last_update_time: { column: 'updated_at', holds: 'number' },
};

function columnOf(key: string) {
  const column = columns[key];
  if (column === undefined) throw new RangeError(`No column for the attribute '${key}'`);
  return column;
}

function sortKeys(orderings: readonly Ordering[]): readonly (SortKey & { readonly column: Column })[] {
  const newestFirst = { type: 'attribute', key: 'creation_time', ascending: false } as const;
  const byId = { type: 'attribute', key: 'experiment_id', ascending: true } as const;
  return [...orderings, ...(orderings.length === 0 ? [newestFirst] : []), byId].map(({ key, ascending }) => {
    const { column, holds } = columnOf(key);
    return { column, holds, expression: sql.ref(`e.${column}`), descending: !ascending };
  });
}

function condition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { type, key, operator } = comparison;
  if (type === 'attribute') {
    const { column, holds } = columnOf(key);
    return holds === 'number'
      ? numberCondition(sql.ref<number>(`e.${column}`), comparison)
      : textCondition(sql.ref<string>(`e.${column}`), comparison, dialect);
  }
  const value =
    operator === 'IS NULL' || operator === 'IS NOT NULL'
      ? sql`1 = 1`
      : textCondition(sql.ref<string>('t.value'), comparison, dialect);
  const has = sql<SqlBool>`exists (select 1 from experiment_tags as t where t.experiment = e.id and t.key = ${key} and ${value})`;
  return operator === 'IS NULL' ? sql<SqlBool>`not ${has}` : has;
}
