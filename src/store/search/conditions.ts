// Compiles filters to SQL: the operators once for both databases.
import { type Expression, type SqlBool, sql } from 'kysely';
import type { DialectName } from '../database/index.ts';
import type { Comparison, Filter } from './filter.ts';
import { postgresPattern } from './postgres-pattern.ts';
import { ILIKE_FUNCTION, RLIKE_FUNCTION } from './sqlite-functions.ts';

/** What a condition needs of a comparison. */
export type Condition = Pick<Comparison, 'operator' | 'value'>;

/**
 * The SQL of a filter, given that of each comparison. A comparison that is NULL (its key is missing) counts as false, under NOT too:
 * `NOT (params.a = 'x')` holds for an entity without the parameter.
 */
export function compileFilter(
  filter: Filter,
  conditionOf: (comparison: Comparison) => Expression<SqlBool>,
): Expression<SqlBool> {
  if (filter.kind === 'comparison') return conditionOf(filter);
  if (filter.kind === 'not')
    return sql<SqlBool>`not coalesce(${compileFilter(filter.part, conditionOf)}, false)`;
  const parts = filter.parts.map((part) => compileFilter(part, conditionOf));
  return sql<SqlBool>`(${sql.join(parts, filter.kind === 'and' ? sql` and ` : sql` or `)})`;
}

/** Compares a text column. NULL where the column is NULL, but for IS [NOT] NULL. Takes every operator of texts. */
export function textCondition(
  column: Expression<string | null>,
  { operator, value }: Condition,
  dialect: DialectName,
): Expression<SqlBool> {
  if (operator === 'IS NULL') return sql<SqlBool>`${column} is null`;
  if (operator === 'IS NOT NULL') return sql<SqlBool>`${column} is not null`;
  if (typeof value === 'object') return listCondition(column, { operator, value }, dialect);
  const text = sql`cast(${String(value)} as text)`;
  if (operator === 'ILIKE') return caseInsensitiveLike(column, String(value), dialect);
  if (operator === 'RLIKE') return regularExpression(column, String(value), dialect);
  if (operator !== 'LIKE') return sql<SqlBool>`${column} ${sql.raw(operator)} ${text}`;
  // A backslash escapes on PostgreSQL unless told otherwise, and never on SQLite.
  return dialect === 'postgres'
    ? sql<SqlBool>`${column} like ${text} escape ''`
    : sql<SqlBool>`${column} like ${text}`;
}

/** Compares a number column; a value that is not a number equals nothing and differs from everything. */
export function numberCondition(
  column: Expression<number | null>,
  { operator, value }: Condition,
): Expression<SqlBool> {
  if (operator === 'IS NULL') return sql<SqlBool>`${column} is null`;
  if (operator === 'IS NOT NULL') return sql<SqlBool>`${column} is not null`;
  if (typeof value !== 'number')
    throw new Error(`A number cannot be compared by ${operator} with ${String(value)}`);
  if (!Number.isNaN(value)) return sql<SqlBool>`${column} ${sql.raw(operator)} ${numberParameter(value)}`;
  return operator === '!=' ? sql<SqlBool>`${column} is not null` : sql<SqlBool>`${column} <> ${column}`;
}

/**
 * A number as a parameter. PostgreSQL would take the type of the column it meets, and refuse a fraction where that is bigint;
 * whole numbers stay whole, so that its indexes on bigint are of use.
 */
export function numberParameter(value: number): Expression<number> {
  return Number.isSafeInteger(value)
    ? sql<number>`cast(${value} as bigint)`
    : sql<number>`cast(${value} as double precision)`;
}

/** One parameter however long the list is: databases limit how many there may be. */
function listCondition(
  column: Expression<string | null>,
  { operator, value }: { operator: string; value: readonly string[] },
  dialect: DialectName,
): Expression<SqlBool> {
  const not = operator === 'NOT IN' ? sql`not ` : sql``;
  return dialect === 'postgres'
    ? sql<SqlBool>`${not}(${column} = any(cast(${value} as text[])))`
    : sql<SqlBool>`${not}(${column} in (select value from json_each(${JSON.stringify(value)})))`;
}

function caseInsensitiveLike(
  column: Expression<string | null>,
  pattern: string,
  dialect: DialectName,
): Expression<SqlBool> {
  if (dialect === 'sqlite') return sql<SqlBool>`${sql.raw(ILIKE_FUNCTION)}(${pattern}, ${column})`;
  const folded = (text: Expression<unknown>) => sql`replace(lower(${unicode(text)}), 'ς', 'σ')`;
  return sql<SqlBool>`${folded(column)} like ${folded(sql`cast(${pattern} as text)`)} escape ''`;
}

function regularExpression(
  column: Expression<string | null>,
  pattern: string,
  dialect: DialectName,
): Expression<SqlBool> {
  return dialect === 'postgres'
    ? sql<SqlBool>`${unicode(column)} ~ cast(${postgresPattern(pattern)} as text)`
    : sql<SqlBool>`${sql.raw(RLIKE_FUNCTION)}(${pattern}, ${column})`;
}

/** A text whose letters are those of every script, whatever the database's own collation knows. */
function unicode(text: Expression<unknown>): Expression<unknown> {
  return sql`${text} collate "und-x-icu"`;
}
