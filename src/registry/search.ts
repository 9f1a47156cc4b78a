// Searches models and versions: filter, order and pages that begin behind the last row of the one before.
import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { InputError } from '../core/index.ts';
import {
  after,
  applyOrder,
  type Comparison,
  compileFilter,
  type DialectName,
  decodePageToken,
  encodePageToken,
  type Filter,
  IS_PROMPT_TAG,
  MODEL_VERSIONS,
  mentions,
  numberCondition,
  type Ordering,
  type PageValue,
  parseFilter,
  parseOrderBy,
  REGISTERED_MODELS,
  type SortKey,
  textCondition,
} from '../store/index.ts';
import type { ModelRow, RegistryContext } from './context.ts';
import type { Page } from './entities.ts';
import type { RegistryTables } from './tables.ts';
import type { VersionRow } from './versions/rows.ts';

/** A search: MLflow's grammar, with OR, NOT and parentheses besides. */
type Search = {
  readonly filter?: string | undefined;
  readonly orderBy?: readonly string[] | undefined;
  readonly maxResults?: number | undefined;
  readonly pageToken?: string | undefined;
};

/** Fields: name, tags; order by name and last_updated_timestamp. By default the first 100 by name. */
export type ModelSearch = Search;
/** Fields: name, version_number, run_id, source_path, tags. By default the 10,000 that changed last. */
export type VersionSearch = Search;

const limits = { models: { usual: 100, most: 1000 }, versions: { usual: 10_000, most: 200_000 } } as const;

type Column = {
  readonly expression: Expression<never>;
  readonly holds: 'text' | 'number';
  /** The property of a row. */
  readonly property: string;
  /** PostgreSQL indexes only the head of a text without a limit. */
  readonly isLong?: boolean;
};
type Columns = Readonly<Record<string, Column>>;

const modelColumns: Columns = {
  name: column('name', 'text'),
  last_updated_timestamp: column('updated_at', 'number'),
};
const versionColumns: Columns = {
  name: column('name', 'text'),
  version_number: column('version', 'number'),
  run_id: { ...column('run_id', 'text'), isLong: true },
  source_path: { ...column('source', 'text'), isLong: true },
  creation_timestamp: column('created_at', 'number'),
  last_updated_timestamp: column('updated_at', 'number'),
};

const byName: Ordering = { type: 'attribute', key: 'name', ascending: true };
const byVersion: Ordering = { type: 'attribute', key: 'version_number', ascending: false };
const byUpdate: Ordering = { type: 'attribute', key: 'last_updated_timestamp', ascending: false };

/** The rows of one page of models. */
export async function searchModelRows(
  context: RegistryContext,
  search: ModelSearch,
): Promise<Page<ModelRow>> {
  const { db, dialect } = context.tables;
  const filter = parseFilter(search.filter, REGISTERED_MODELS);
  const orderings = withTies(parseOrderBy(search.orderBy ?? [], REGISTERED_MODELS), [byName]);
  let query = db.selectFrom('registered_models').selectAll().where('deleted_at', 'is', null);
  if (!mentionsPrompts(filter))
    query = query.where(sql<SqlBool>`not ${modelTagEquals(IS_PROMPT_TAG, 'true')}`);
  if (filter !== undefined) {
    const condition = (comparison: Comparison) =>
      comparison.type === 'tag'
        ? modelTagCondition(comparison, dialect)
        : attributeCondition(comparison, modelColumns, dialect);
    query = query.where(compileFilter(filter, condition));
  }
  return await readPage(query, {
    search,
    columns: modelColumns,
    orderings,
    limit: limitOf(search, limits.models),
  });
}

/** The rows of one page of versions. */
export async function searchVersionRows(
  context: RegistryContext,
  search: VersionSearch,
): Promise<Page<VersionRow>> {
  const { db, dialect } = context.tables;
  const filter = parseFilter(search.filter, MODEL_VERSIONS);
  const wanted = parseOrderBy(search.orderBy ?? [], MODEL_VERSIONS);
  const orderings = withTies(wanted.length === 0 ? [byUpdate] : wanted, [byName, byVersion]);
  let query = db
    .selectFrom('model_versions')
    .selectAll()
    .where('deleted_at', 'is', null)
    .where(
      sql<SqlBool>`exists (select 1 from registered_models m where m.id = model_versions.model and m.deleted_at is null)`,
    );
  if (!mentionsPrompts(filter)) query = query.where(sql<SqlBool>`not ${isOfPrompt}`);
  if (filter !== undefined) {
    const condition = (comparison: Comparison) =>
      comparison.type === 'tag'
        ? versionTagCondition(comparison, dialect)
        : attributeCondition(comparison, versionColumns, dialect);
    query = query.where(compileFilter(filter, condition));
  }
  return await readPage(query, {
    search,
    columns: versionColumns,
    orderings,
    limit: limitOf(search, limits.versions),
  });
}

type PagePlan = {
  readonly search: Search;
  readonly columns: Columns;
  readonly orderings: readonly Ordering[];
  readonly limit: number;
};

async function readPage<TB extends keyof RegistryTables, Row extends object>(
  query: SelectQueryBuilder<RegistryTables, TB, Row>,
  { search, columns, orderings, limit }: PagePlan,
): Promise<Page<Row>> {
  const sorted = orderings.map(({ key, ascending }) => ({ column: columnOf(columns, key), ascending }));
  const keys = sorted.map(({ column, ascending }): SortKey => {
    return { expression: column.expression, holds: column.holds, descending: !ascending };
  });
  const identity = { filter: search.filter ?? '', orderBy: search.orderBy ?? [] };
  const { pageToken = '' } = search;
  const begun =
    pageToken === '' ? query : query.where(after(keys, decodePageToken(pageToken, identity, keys)));
  const rows = await applyOrder(begun, keys)
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items, nextPageToken: undefined };
  const values = sorted.map(({ column }) => pageValue(Reflect.get(last, column.property)));
  return { items, nextPageToken: encodePageToken(values, identity) };
}

function attributeCondition(
  comparison: Comparison,
  columns: Columns,
  dialect: DialectName,
): Expression<SqlBool> {
  const { expression, holds, isLong } = columnOf(columns, comparison.key);
  if (holds === 'number') return numberCondition(expression, comparison);
  const condition = textCondition(expression, comparison, dialect);
  if (isLong !== true || comparison.operator !== '=') return condition;
  return sql<SqlBool>`(${headEquals(expression, String(comparison.value))} and ${condition})`;
}

function modelTagCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  if (comparison.operator === '=') return modelTagEquals(comparison.key, String(comparison.value));
  const value = sql<string>`(select t.value from registered_model_tags t where t.model = registered_models.id and t.key = ${text(comparison.key)})`;
  return textCondition(value, comparison, dialect);
}

function versionTagCondition(comparison: Comparison, dialect: DialectName): Expression<SqlBool> {
  const { key, operator } = comparison;
  if (operator === '=') {
    const equals = tagEquals(key, String(comparison.value));
    return sql<SqlBool>`(model_versions.model, model_versions.version) in (select t.model, t.version from model_version_tags t where ${equals})`;
  }
  const value = sql<string>`(select t.value from model_version_tags t where t.model = model_versions.model and t.version = model_versions.version and t.key = ${text(key)})`;
  return textCondition(value, comparison, dialect);
}

function modelTagEquals(key: string, value: string): Expression<SqlBool> {
  return sql<SqlBool>`registered_models.id in (select t.model from registered_model_tags t where ${tagEquals(key, value)})`;
}

function tagEquals(key: string, value: string): Expression<SqlBool> {
  return sql<SqlBool>`t.key = ${text(key)} and ${headEquals(sql.ref('t.value'), value)} and t.value = ${text(value)}`;
}

/** What the indexes on long texts hold. A parameter without a cast: with one SQLite would not use them. */
function headEquals(column: Expression<unknown>, value: string): Expression<SqlBool> {
  return sql<SqlBool>`substr(${column}, 1, 200) = ${Array.from(value.slice(0, 400)).slice(0, 200).join('')}`;
}

/** Any version with the tag makes the whole name a prompt. In these words, as the index on them is made. */
const isOfPrompt = sql<SqlBool>`exists (select 1 from model_version_tags t where t.model = model_versions.model and t.key = 'mlflow.prompt.is_prompt' and t.value = 'true')`;

function mentionsPrompts(filter: Filter | undefined): boolean {
  return mentions(filter, { type: 'tag', key: IS_PROMPT_TAG });
}

function withTies(orderings: readonly Ordering[], ties: readonly Ordering[]): readonly Ordering[] {
  return [...orderings, ...ties.filter(({ key }) => orderings.every((other) => other.key !== key))];
}

function limitOf(
  { maxResults }: Search,
  { usual, most }: { readonly usual: number; readonly most: number },
): number {
  const limit = maxResults ?? usual;
  if (limit < 1)
    throw new InputError(`Invalid value for max_results. It must be a positive integer, but got ${limit}`);
  if (limit > most)
    throw new InputError(
      `Invalid value for request parameter max_results. It must be at most ${most}, but got value ${limit}`,
    );
  return limit;
}

function column(property: string, holds: 'text' | 'number'): Column {
  return { expression: sql.ref<never>(property), holds, property };
}

function columnOf(columns: Columns, key: string): Column {
  const found = columns[key];
  if (found === undefined)
    throw new TypeError(`The search language has a field '${key}' that no column answers to`);
  return found;
}

function pageValue(value: unknown): PageValue {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

function text(value: string): Expression<string> {
  return sql<string>`cast(${value} as text)`;
}
