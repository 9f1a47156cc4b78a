// The clock by which leases run: the database's own on PostgreSQL, since hosts' clocks differ; this machine's on SQLite.
import { sql } from 'kysely';
import type { JobsTransaction } from './context.ts';

/** Milliseconds since 1970. */
export type Clock = (reader: Pick<JobsTransaction, 'db' | 'dialect'>) => Promise<number>;

/** `now` replaces the clock: for tests. */
export function clockOf(now?: () => number): Clock {
  if (now !== undefined) return async () => now();
  return async ({ db, dialect }) => {
    if (dialect === 'sqlite') return Date.now();
    const query = sql<{ now: number }>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`;
    const [row] = (await query.execute(db)).rows;
    if (row === undefined) throw new TypeError('The database tells no time');
    return row.now;
  };
}
