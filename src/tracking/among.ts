// Membership of a list as SQL: one parameter, however long the list is.
import { type Expression, type SqlBool, sql } from 'kysely';
import type { DialectName } from '../store/index.ts';

/** True where the column, `v.model` or the like, is one of the numbers. */
export function isAmong(
  column: string,
  numbers: readonly number[],
  dialect: DialectName,
): Expression<SqlBool> {
  // Equality lets an index give the order of what follows in it.
  if (numbers.length === 1) return sql`${sql.ref(column)} = ${numbers[0]}`;
  return dialect === 'postgres'
    ? sql`${sql.ref(column)} = any(cast(${numbers} as bigint[]))`
    : sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(numbers)}))`;
}
