// Pages by key: the next page begins behind the last row's keys, so a deep page costs what the first does.
import { type Expression, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import { numberParameter } from './conditions.ts';

/** A value of a sort key in a row. */
export type PageValue = string | number | null;

/**
 * One key of an ordering. All keys together must tell any two rows apart, or rows are lost between pages: end with an id.
 * Texts compare as the database's collation has it. `nulls` says where rows without a value go; absent, the key is never null.
 */
export type SortKey = {
  readonly expression: Expression<unknown>;
  readonly holds: 'number' | 'text';
  readonly descending: boolean;
  readonly nulls?: 'first' | 'last';
};

/** The query in the order of the keys. */
export function applyOrder<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  keys: readonly SortKey[],
): SelectQueryBuilder<DB, TB, O> {
  return keys.reduce(
    (ordered, { expression, descending, nulls }) =>
      ordered.orderBy(expression, (key) => {
        const directed = descending ? key.desc() : key.asc();
        if (nulls === undefined) return directed;
        return nulls === 'first' ? directed.nullsFirst() : directed.nullsLast();
      }),
    query,
  );
}

/** The keys as they stand behind `order by`. */
export function orderBy(keys: readonly SortKey[]): Expression<unknown> {
  return sql.join(
    keys.map(({ expression, descending, nulls }) => {
      const direction = `${descending ? 'desc' : 'asc'}${nulls === undefined ? '' : ` nulls ${nulls}`}`;
      return sql`${expression} ${sql.raw(direction)}`;
    }),
  );
}

/** The condition "strictly behind the row with these values", one value for each key. */
export function after(keys: readonly SortKey[], values: readonly PageValue[]): Expression<SqlBool> {
  if (keys.length !== values.length || keys.length === 0) {
    throw new Error(`${keys.length} sort keys cannot be compared with ${values.length} values`);
  }
  const behind = keys
    .map((key, index) => ({ key, value: values[index] ?? null }))
    .reduceRight<Expression<SqlBool> | undefined>(
      (rest, { key, value }) => (rest === undefined ? behindKey(key, value) : behindKeyOr(key, value, rest)),
      undefined,
    );
  return behind ?? sql<SqlBool>`false`;
}

/** Behind in this key, or equal in it and behind in the rest. Where it can, the first condition is one that an index serves. */
function behindKeyOr(key: SortKey, value: PageValue, rest: Expression<SqlBool>): Expression<SqlBool> {
  const { expression } = key;
  if (value === null) {
    return key.nulls === 'first'
      ? sql<SqlBool>`(${expression} is not null or (${expression} is null and ${rest}))`
      : sql<SqlBool>`(${expression} is null and ${rest})`;
  }
  const either = sql<SqlBool>`(${behindKey(key, value)} or (${expression} = ${parameter(value)} and ${rest}))`;
  if (key.nulls === 'last') return either;
  return sql<SqlBool>`(${expression} ${key.descending ? sql`<=` : sql`>=`} ${parameter(value)} and ${either})`;
}

function behindKey({ expression, descending, nulls }: SortKey, value: PageValue): Expression<SqlBool> {
  if (value === null)
    return nulls === 'first' ? sql<SqlBool>`${expression} is not null` : sql<SqlBool>`false`;
  const behind = sql<SqlBool>`${expression} ${descending ? sql`<` : sql`>`} ${parameter(value)}`;
  return nulls === 'last' ? sql<SqlBool>`(${behind} or ${expression} is null)` : behind;
}

function parameter(value: string | number): Expression<unknown> {
  return typeof value === 'number' ? numberParameter(value) : sql`cast(${value} as text)`;
}
