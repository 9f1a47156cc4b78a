// Searches logged models by attributes, parameters, tags and metrics, page by page at the cost of the first.
import { type Expression, type SqlBool, sql } from 'kysely';
import { InputError } from '../../core/index.ts';
import {
  after,
  applyOrder,
  compileFilter,
  decodePageToken,
  encodePageToken,
  type Filter,
  LOGGED_MODELS,
  type PageValue,
  parseFilter,
  type SortKey,
  type Tables,
} from '../../store/index.ts';
import { isAmong } from '../among.ts';
import type { Page } from '../entities.ts';
import type { Names } from '../names.ts';
import { isKeyed, type KnownNames } from '../search/run-conditions.ts';
import type { TrackingTables } from '../tables.ts';
import type { LoggedModel } from './entities.ts';
import { type DatasetFilter, measuredOn, modelCondition } from './model-conditions.ts';
import { type ModelOrder, modelSortKeys, type ParsedOrder, parseModelOrder } from './model-order.ts';
import { readLoggedModels } from './read-logged-models.ts';

/** What to find among the logged models that are not deleted; see the search language for filters. */
export type LoggedModelQuery = {
  readonly experimentIds: readonly string[];
  readonly filter?: string | undefined;
  /** Each by name, and by digest if given: comparisons of metrics look at values on these; without one, models with any value on them are found. */
  readonly datasets?: readonly DatasetFilter[];
  /** 1 to 50,000; 100 unless given. */
  readonly maxResults?: number | undefined;
  /** The newest first unless given. */
  readonly orderBy?: readonly ModelOrder[];
  readonly pageToken?: string | undefined;
};

type Plan = {
  readonly conditions: readonly Expression<SqlBool>[];
  readonly keys: readonly SortKey[];
  /** What a page token belongs to. */
  readonly identity: unknown;
};

/** Searches of logged models. Errors: InputError for a filter, an ordering or a page token that is not understood. */
export class LoggedModelSearch {
  readonly #tables: Tables<TrackingTables>;
  readonly #names: Names;

  constructor(tables: Tables<TrackingTables>, names: Names) {
    this.#tables = tables;
    this.#names = names;
  }

  async page(query: LoggedModelQuery): Promise<Page<LoggedModel>> {
    const { maxResults = 100, pageToken, datasets = [] } = query;
    if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > 50_000)
      throw new InputError(
        `Cannot give ${maxResults} logged models at once; give max_results from 1 to 50000`,
      );
    if (datasets.some(({ name }) => !name))
      throw new InputError('`dataset_name` in the `datasets` clause must be specified.');
    const { conditions, keys, identity } = await this.#plan(query);
    const behind = pageToken ? [after(keys, decodePageToken(pageToken, identity, keys))] : [];
    const positions = keys.map(({ expression }, index) => sql<PageValue>`${expression}`.as(`key${index}`));
    const rows = await applyOrder(
      this.#tables.db
        .selectFrom('logged_models as m')
        .selectAll('m')
        .select(positions)
        .where((all) => all.and([...conditions, ...behind])),
      keys,
    )
      .limit(maxResults + 1)
      .execute();
    const page = rows.slice(0, maxResults);
    const last = rows.length > maxResults ? page.at(-1) : undefined;
    return {
      items: await readLoggedModels(this.#tables, this.#names, page),
      nextPageToken: last && encodePageToken(positionOf(last, keys.length), identity),
    };
  }

  async #plan({ experimentIds, filter: text, datasets = [], orderBy = [] }: LoggedModelQuery): Promise<Plan> {
    const { dialect } = this.#tables;
    const filter = parseFilter(text, LOGGED_MODELS);
    const orders = orderBy.map(parseModelOrder);
    const names = await this.#numbersOf(namesIn(filter, datasets, orders));
    const context = { names, dialect, datasets };
    const experiments = experimentIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
    const isMeasured = datasets.length > 0 && !comparesMetrics(filter);
    return {
      conditions: [
        isAmong('m.experiment', experiments, dialect),
        sql`m.lifecycle = 'active'`,
        ...(filter === undefined ? [] : [compileFilter(filter, (one) => modelCondition(one, context))]),
        ...(isMeasured ? [measuredOn(context)] : []),
      ],
      keys: modelSortKeys(orders, names),
      identity: { experimentIds, filter: text ?? '', datasets, orderBy },
    };
  }

  async #numbersOf(names: Iterable<string>): Promise<KnownNames> {
    const numbers = new Map<string, number>();
    for (const name of names) {
      const number = await this.#names.find(name);
      if (number !== undefined) numbers.set(name, number);
    }
    return numbers;
  }
}

/** Every text of a search that stands as a number in the tables. */
function* namesIn(
  filter: Filter | undefined,
  datasets: readonly DatasetFilter[],
  orders: readonly ParsedOrder[],
): Iterable<string> {
  for (const { type, key } of [...comparisonsIn(filter), ...orders]) if (isKeyed(type)) yield key;
  for (const dataset of [...datasets, ...orders.map((order) => order.dataset)]) {
    if (dataset?.name !== undefined) yield dataset.name;
    if (dataset?.digest !== undefined) yield dataset.digest;
  }
}

function comparesMetrics(filter: Filter | undefined): boolean {
  return comparisonsIn(filter).some(({ type }) => type === 'metric');
}

function comparisonsIn(
  filter: Filter | undefined,
): readonly { readonly type: string; readonly key: string }[] {
  if (filter === undefined) return [];
  if (filter.kind === 'comparison') return [filter];
  return filter.kind === 'not' ? comparisonsIn(filter.part) : filter.parts.flatMap(comparisonsIn);
}

/** The values of a row's sort keys, which the query selected as `key0`, `key1`, ... */
function positionOf(row: object, length: number): readonly PageValue[] {
  return Array.from({ length }, (_, index) => {
    const value: unknown = Reflect.get(row, `key${index}`);
    return typeof value === 'string' || typeof value === 'number' ? value : null;
  });
}
