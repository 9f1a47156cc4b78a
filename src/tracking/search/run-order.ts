// Orderings of runs as SQL: values first, then NaN, then runs that lack the key; ties by start time, then id.
import { type Expression, sql } from 'kysely';
import type { Ordering, SortKey } from '../../store/index.ts';
import { attributes, isKeyed, type KeyedType, type KnownNames, valueTables } from './run-conditions.ts';

/** The orderings asked for, with those that break ties. */
export function completeOrderings(orderings: readonly Ordering[]): readonly Ordering[] {
  const ties: readonly Ordering[] = [
    { type: 'attribute', key: 'start_time', ascending: false },
    { type: 'attribute', key: 'run_id', ascending: true },
  ];
  const named = new Set(orderings.filter(({ type }) => type === 'attribute').map(({ key }) => key));
  return [...orderings, ...ties.filter(({ key }) => !named.has(key))];
}

/** Sort keys on the row `r` of the table of runs, whatever else is in the query. */
export function runSortKeys(orderings: readonly Ordering[], names: KnownNames): readonly SortKey[] {
  return orderings.flatMap((ordering) => sortKeysOf(ordering, names));
}

function sortKeysOf({ type, key, ascending }: Ordering, names: KnownNames): readonly SortKey[] {
  const descending = !ascending;
  if (!isKeyed(type)) {
    const { column, holds, isNullable } = attributes(key);
    return [{ expression: column, holds, descending, ...(isNullable ? { nulls: 'last' } : {}) }];
  }
  const name = names.get(key);
  // Of a name that was never logged all runs are alike.
  if (name === undefined) return [];
  const value = (column: 'value' | 'is_nan') => valueFrom(type, name, column);
  if (type !== 'metric') return [{ expression: value('value'), holds: 'text', descending, nulls: 'last' }];
  return [
    { expression: value('is_nan'), holds: 'number', descending: false, nulls: 'last' },
    { expression: value('value'), holds: 'number', descending, nulls: 'last' },
  ];
}

function valueFrom(type: KeyedType, name: number, column: 'value' | 'is_nan'): Expression<unknown> {
  const table = sql.table(valueTables[type]);
  return sql`(select ${sql.ref(`o.${column}`)} from ${table} as o where o.run = r.id and o.name = ${name})`;
}
