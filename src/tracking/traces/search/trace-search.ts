// Searching traces: filters, orderings, pages; and how far two filters go together.
import { type Expression, type SqlBool, sql } from 'kysely';
import { InputError } from '../../../core/index.ts';
import {
  after,
  applyOrder,
  decodePageToken,
  encodePageToken,
  type Filter,
  type Ordering,
  type PageValue,
  parseFilter,
  parseOrderBy,
  type SortKey,
  type Tables,
  TRACES,
} from '../../../store/index.ts';
import type { Page } from '../../entities.ts';
import { parseExperimentId } from '../../experiments.ts';
import type { TraceInfo } from '../entities.ts';
import type { TraceTables } from '../tables.ts';
import { type TraceRow, toTraceInfos } from '../trace-rows.ts';
import { type Correlation, type Counts, correlationOf } from './correlation.ts';
import { attributeOf, traceFilter } from './trace-conditions.ts';

/** Which traces, in which order, which page. */
export type TraceSearchRequest = {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  /** `timestamp_ms DESC` and the like; then the newest first. */
  readonly orderBy?: readonly string[];
  /** 1 to 50,000; 100 by default. */
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** Two filters, and the traces among which they are compared. */
export type CorrelationRequest = {
  readonly experimentIds: readonly string[];
  readonly first: string;
  readonly second: string;
  /** Narrows what is counted. */
  readonly base?: string | undefined;
};

const mostResults = 50_000;

/** Searches of a database's traces. Errors: InputError for a filter, an ordering or a token that cannot be read. */
export class TraceSearch {
  readonly #tables: Tables<TraceTables>;

  constructor(tables: Tables<TraceTables>) {
    this.#tables = tables;
  }

  /** One page; a deep one costs what the first costs. */
  async search(request: TraceSearchRequest): Promise<Page<TraceInfo>> {
    const { maxResults = 100, orderBy = [], pageToken } = request;
    checkMaxResults(maxResults);
    const filter = parseFilter(request.filter, TRACES);
    const keys = completeOrderings(parseOrderBy(orderBy, TRACES)).map(sortKeyOf);
    const query = { kind: 'traces', of: request.experimentIds, filter: request.filter ?? '', orderBy };
    if (request.experimentIds.length === 0) return { items: [], nextPageToken: undefined };
    const behind = pageToken ? after(keys, decodePageToken(pageToken, query, keys)) : undefined;
    const conditions = [this.#within(request.experimentIds), this.#condition(filter), behind];
    const rows = await this.#select(keys, conditions, maxResults + 1);
    const page = rows.slice(0, maxResults);
    const last = rows.length > maxResults ? page.at(-1) : undefined;
    return {
      items: await toTraceInfos(this.#tables.db, page),
      nextPageToken: last && encodePageToken(keyValues(last, keys.length), query),
    };
  }

  /** How far traces that meet one filter meet another too. */
  async correlate({ experimentIds, first, second, base }: CorrelationRequest): Promise<Counts & Correlation> {
    const none = { total: 0, first: 0, second: 0, joint: 0 };
    if (experimentIds.length === 0) return { ...none, ...correlationOf(none) };
    const [left, right] = [first, second].map(
      (filter) => this.#condition(parseFilter(filter, TRACES)) ?? sql<SqlBool>`1 = 1`,
    );
    const where = joined([this.#within(experimentIds), this.#condition(parseFilter(base, TRACES))]);
    const matches = sql`select ${flag(left!)} as f, ${flag(right!)} as s from traces as t where ${where}`;
    const { rows } = await sql<Counts>`
      select count(*) as total, count(f) as first, count(s) as second, count(f + s) as joint
      from (${matches}) as matches`.execute(this.#tables.db);
    const counts = rows[0] ?? none;
    return { ...counts, ...correlationOf(counts) };
  }

  #condition(filter: Filter | undefined): Expression<SqlBool> | undefined {
    return filter && traceFilter(filter, this.#tables.dialect);
  }

  #within(experimentIds: readonly string[]): Expression<SqlBool> {
    const ids = [...new Set(experimentIds.map(parseExperimentId))];
    // Only with one experiment do rows lie in the order of the index.
    return ids.length === 1 ? sql`t.experiment = ${ids[0]}` : sql`t.experiment in (${sql.join(ids)})`;
  }

  async #select(
    keys: readonly SortKey[],
    conditions: readonly (Expression<SqlBool> | undefined)[],
    limit: number,
  ): Promise<readonly TraceRow[]> {
    const query = this.#tables.db
      .selectFrom('traces as t')
      .selectAll('t')
      .select(keys.map(({ expression }, index) => sql`${expression}`.as(`key_${index}`)))
      .where(joined(conditions))
      .limit(limit);
    return applyOrder(query, keys).execute();
  }
}

function joined(conditions: readonly (Expression<SqlBool> | undefined)[]): Expression<SqlBool> {
  const present = conditions.filter((condition) => condition !== undefined);
  return sql`${sql.join(present, sql` and `)}`;
}

/** 1 where the condition holds, else NULL, which is not counted. */
function flag(condition: Expression<SqlBool>): Expression<number> {
  return sql`(case when ${condition} then 1 end)`;
}

function completeOrderings(orderings: readonly Ordering[]): readonly Ordering[] {
  const ties: readonly Ordering[] = [
    { type: 'attribute', key: 'timestamp_ms', ascending: false },
    { type: 'attribute', key: 'request_id', ascending: true },
  ];
  const named = new Set(orderings.filter(({ type }) => type === 'attribute').map(({ key }) => key));
  return [...orderings, ...ties.filter(({ key }) => !named.has(key))];
}

const numbers = new Set(['experiment_id', 'timestamp_ms', 'execution_time_ms', 'end_time_ms']);

function sortKeyOf({ type, key, ascending }: Ordering): SortKey {
  const descending = !ascending;
  if (type === 'attribute') {
    const holds = numbers.has(key) ? 'number' : 'text';
    // Only a running trace lacks anything by which traces are ordered: its duration.
    const nulls = key === 'execution_time_ms' ? ({ nulls: 'last' } as const) : {};
    return { expression: attributeOf(key), holds, descending, ...nulls };
  }
  const table = sql.table(type === 'tag' ? 'trace_tags' : 'trace_metadata');
  const expression = sql`(select o.value from ${table} as o where o.trace = t.id and o.key = ${key})`;
  return { expression, holds: 'text', descending, nulls: 'last' };
}

/** The sort keys of a row, which the query selected beside its columns. */
function keyValues(row: object, count: number): readonly PageValue[] {
  return Array.from({ length: count }, (_, index): PageValue => {
    const value: unknown = Reflect.get(row, `key_${index}`);
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  });
}

function checkMaxResults(value: number): void {
  if (value < 1)
    throw new InputError(
      `Invalid value ${value} for parameter 'max_results' supplied. It must be a positive integer`,
    );
  if (value > mostResults)
    throw new InputError(
      `Invalid value ${value} for parameter 'max_results' supplied. It must be at most ${mostResults}`,
    );
}
