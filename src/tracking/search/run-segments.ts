// The pieces that a search of runs is read in, each in the order of an index: runs with a value, then NaN, then without the key.
import { type Expression, type SqlBool, sql } from 'kysely';
import type { Ordering, PageValue, SortKey } from '../../store/index.ts';
import { beginning, isKeyed, type KeyedType, type KnownNames, valueTables } from './run-conditions.ts';
import { runSortKeys } from './run-order.ts';

/** Where in a segment to go on: nowhere, it lies before; at its start; or behind the row with these values of its keys. */
export type Entry = 'skip' | 'start' | readonly PageValue[];

/**
 * A segment reads rows `r` of runs, beside rows `o` of the table that orders them if there is one. A position in the whole search is
 * the values of `runSortKeys` of all orderings, whatever the segments are: so pages may be read in different ways.
 */
export type Segment = {
  readonly table: (typeof valueTables)[KeyedType] | undefined;
  readonly conditions: readonly Expression<SqlBool>[];
  readonly keys: readonly SortKey[];
  readonly enter: (position: readonly PageValue[]) => Entry;
  /** The position of a row, from the values of the segment's keys. */
  readonly position: (values: readonly PageValue[]) => readonly PageValue[];
};

/** All runs at once. */
export function wholeTable(orderings: readonly Ordering[], names: KnownNames): readonly Segment[] {
  return [
    {
      table: undefined,
      conditions: [],
      keys: runSortKeys(orderings, names),
      enter: (position) => position,
      position: (values) => values,
    },
  ];
}

/** Segments in the order of the first ordering, where an index gives it. */
export function segmentsOf(orderings: readonly Ordering[], names: KnownNames): readonly Segment[] {
  const [first, ...rest] = orderings;
  const name = first === undefined ? undefined : names.get(first.key);
  if (first === undefined || !isKeyed(first.type) || name === undefined) return wholeTable(orderings, names);
  const ordered = { type: first.type, name, descending: !first.ascending, rest: runSortKeys(rest, names) };
  return first.type === 'metric' ? metricSegments(ordered) : textSegments(ordered);
}

type Ordered = {
  readonly type: KeyedType;
  readonly name: number;
  readonly descending: boolean;
  readonly rest: readonly SortKey[];
};

function metricSegments({ type, name, descending, rest }: Ordered): readonly Segment[] {
  const table = valueTables[type];
  const value: SortKey = { expression: sql.ref('o.value'), holds: 'number', descending };
  return [
    {
      table,
      conditions: [sql`o.name = ${name}`, sql`o.is_nan = 0`],
      keys: [value, ...rest],
      enter: ([nan, ...behind]) => (nan === 0 ? behind : 'skip'),
      position: (values) => [0, ...values],
    },
    {
      table,
      conditions: [sql`o.name = ${name}`, sql`o.is_nan = 1`],
      keys: rest,
      enter: ([nan, , ...behind]) => (nan === 1 ? behind : nan === 0 ? 'start' : 'skip'),
      position: (values) => [1, 0, ...values],
    },
    {
      table: undefined,
      conditions: [lacks(type, name)],
      keys: rest,
      enter: ([nan, , ...behind]) => (nan === null ? behind : 'start'),
      position: (values) => [null, null, ...values],
    },
  ];
}

function textSegments({ type, name, descending, rest }: Ordered): readonly Segment[] {
  // Ordered by its beginning and then by all of it a text is ordered as ever, but the index on its beginning serves.
  const start: SortKey = { expression: sql`substr(o.value, 1, 200)`, holds: 'text', descending };
  const value: SortKey = { expression: sql.ref('o.value'), holds: 'text', descending };
  return [
    {
      table: valueTables[type],
      conditions: [sql`o.name = ${name}`],
      keys: [start, value, ...rest],
      enter: (position) => (typeof position[0] === 'string' ? [beginning(position[0]), ...position] : 'skip'),
      position: ([, ...values]) => values,
    },
    {
      table: undefined,
      conditions: [lacks(type, name)],
      keys: rest,
      enter: ([text, ...behind]) => (text === null ? behind : 'start'),
      position: (values) => [null, ...values],
    },
  ];
}

function lacks(type: KeyedType, name: number): Expression<SqlBool> {
  return sql`not exists (select 1 from ${sql.table(valueTables[type])} as v where v.run = r.id and v.name = ${name})`;
}
