// Searches runs: by whatever index promises the fewest rows, page by page at the cost of the first.
import { type Expression, type SqlBool, sql } from 'kysely';
import {
  after,
  compileFilter,
  decodePageToken,
  encodePageToken,
  type Filter,
  type Ordering,
  orderBy as orderByKeys,
  type PageValue,
  parseFilter,
  parseOrderBy,
  RUNS,
  type Tables,
} from '../../store/index.ts';
import { isAmong } from '../among.ts';
import type { Page, Run, View } from '../entities.ts';
import { parseExperimentId } from '../experiments.ts';
import { checkPageSize } from '../limits.ts';
import type { Names } from '../names.ts';
import { readRuns } from '../read-runs.ts';
import type { RunRow } from '../run-row.ts';
import type { TrackingTables } from '../tables.ts';
import { findCandidates } from './run-candidates.ts';
import { isKeyed, type KnownNames, runCondition } from './run-conditions.ts';
import { completeOrderings, runSortKeys } from './run-order.ts';
import { type Segment, segmentsOf, wholeTable } from './run-segments.ts';

/** What to find; see the search language for filters and orderings. */
export type RunQuery = {
  readonly experimentIds: readonly string[];
  readonly filter?: string;
  readonly view?: View;
  /** 1 to 50,000; 1,000 unless given. */
  readonly maxResults?: number;
  /** `metrics.loss DESC` and the like; ties go by start time, the latest first, then by run id. */
  readonly orderBy?: readonly string[];
  readonly pageToken?: string;
};

/** A run and its place in the search. */
type Found = { readonly row: RunRow; readonly position: readonly PageValue[] };

type Plan = {
  readonly orderings: readonly Ordering[];
  readonly names: KnownNames;
  readonly conditions: readonly Expression<SqlBool>[];
  readonly candidates: readonly number[] | undefined;
};

/** Searches of runs. Errors: InputError for a filter, an ordering or a page token that is not understood. */
export class RunSearch {
  readonly #tables: Tables<TrackingTables>;
  readonly #names: Names;

  constructor(tables: Tables<TrackingTables>, names: Names) {
    this.#tables = tables;
    this.#names = names;
  }

  async page(query: RunQuery): Promise<Page<Run>> {
    const { maxResults = 1000, orderBy = [], filter, experimentIds, view } = query;
    checkPageSize(maxResults);
    const plan = await this.#plan(query);
    const identity = { experimentIds, filter: filter ?? '', orderBy, view: view ?? 'active' };
    const keys = runSortKeys(plan.orderings, plan.names);
    const position = query.pageToken ? decodePageToken(query.pageToken, identity, keys) : undefined;
    const found = await this.#find(plan, { limit: maxResults + 1, position });
    const page = found.slice(0, maxResults);
    const last = found.length > maxResults ? page.at(-1) : undefined;
    return {
      items: await readRuns(
        this.#tables,
        this.#names,
        page.map(({ row }) => row),
      ),
      nextPageToken: last === undefined ? undefined : encodePageToken(last.position, identity),
    };
  }

  async #plan({ experimentIds, filter: text, view = 'active', orderBy = [] }: RunQuery): Promise<Plan> {
    const { db, dialect } = this.#tables;
    const filter = parseFilter(text, RUNS);
    const orderings = completeOrderings(parseOrderBy(orderBy, RUNS));
    const names = await this.#numbersOf([...keysIn(filter), ...orderings]);
    const experiments = experimentIds.map(parseExperimentId);
    const conditions = [
      isAmong('r.experiment', experiments, dialect),
      ...(view === 'all' ? [] : [sql<SqlBool>`r.lifecycle = ${view}`]),
      ...(filter === undefined
        ? []
        : [compileFilter(filter, (one) => runCondition(one, { names, dialect }))]),
    ];
    return { orderings, names, conditions, candidates: await findCandidates(filter, { db, names, dialect }) };
  }

  /** Rows of the segments in turn, until there are enough. */
  async #find(
    plan: Plan,
    { limit, position }: { readonly limit: number; readonly position: readonly PageValue[] | undefined },
  ): Promise<readonly Found[]> {
    const split = plan.candidates === undefined ? segmentsOf : wholeTable;
    const found: Found[] = [];
    for (const segment of split(plan.orderings, plan.names)) {
      const entry = position === undefined ? 'start' : segment.enter(position);
      if (entry === 'skip') continue;
      const behind = entry === 'start' ? [] : [after(segment.keys, entry)];
      found.push(
        ...(await this.#read(segment, [...plan.conditions, ...behind], {
          limit: limit - found.length,
          candidates: plan.candidates,
        })),
      );
      if (found.length >= limit) break;
    }
    return found;
  }

  async #read(
    segment: Segment,
    conditions: readonly Expression<SqlBool>[],
    { limit, candidates }: { readonly limit: number; readonly candidates: readonly number[] | undefined },
  ): Promise<readonly Found[]> {
    const { db, dialect } = this.#tables;
    // A cross join is read from left to right, so that the index of the left table gives the order.
    const from =
      segment.table === undefined
        ? sql`runs as r`
        : sql`${sql.table(segment.table)} as o cross join runs as r`;
    const all = [
      ...(segment.table === undefined ? [] : [sql`r.id = o.run`]),
      ...segment.conditions,
      ...conditions,
      ...(candidates === undefined ? [] : [isAmong('r.id', candidates, dialect)]),
    ];
    const columns = segment.keys.map(
      ({ expression }, index) => sql`${expression} as ${sql.ref(`key${index}`)}`,
    );
    const { rows } = await sql<RunRow>`
      select r.*, ${sql.join(columns)} from ${from} where ${sql.join(all, sql` and `)}
      order by ${orderByKeys(segment.keys)} limit ${limit}`.execute(db);
    return rows.map((row) => ({
      row,
      position: segment.position(segment.keys.map((_, index) => valueAt(row, index))),
    }));
  }

  async #numbersOf(fields: readonly { readonly type: string; readonly key: string }[]): Promise<KnownNames> {
    const numbers = new Map<string, number>();
    for (const { type, key } of fields) {
      const number = isKeyed(type) ? await this.#names.find(key) : undefined;
      if (number !== undefined) numbers.set(key, number);
    }
    return numbers;
  }
}

function* keysIn(filter: Filter | undefined): Iterable<{ readonly type: string; readonly key: string }> {
  if (filter === undefined) return;
  if (filter.kind === 'comparison') yield filter;
  else if (filter.kind === 'not') yield* keysIn(filter.part);
  else for (const part of filter.parts) yield* keysIn(part);
}

/** The value of a sort key, which the query selected under this name. */
function valueAt(row: object, index: number): PageValue {
  const value: unknown = Reflect.get(row, `key${index}`);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
