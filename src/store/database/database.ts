// The database as features see it: typed queries, write transactions, fast inserts of many rows; SQLite or PostgreSQL behind it.
import type { Kysely } from 'kysely';

export type DialectName = 'sqlite' | 'postgres';

/** A statement that inserts many rows of the same columns. */
export type InsertMany = {
  readonly into: string;
  /** Columns in order, with the PostgreSQL type of each. */
  readonly columns: Readonly<Record<string, 'bigint' | 'double precision' | 'smallint' | 'text'>>;
  /**
   * What follows the values: `on conflict do nothing` or the like, in SQL that both databases read.
   * With `do update` no two rows of one call may conflict with each other.
   */
  readonly onConflict?: string;
};

export type Value = string | number | null;

/** What a unit of work writes through. All of it is kept or nothing. */
export interface Transaction<Tables> {
  readonly db: Kysely<Tables>;
  readonly dialect: DialectName;
  /** Inserts rows with one prepared statement; resolves to the number of rows inserted or updated. */
  insertMany(statement: InsertMany, rows: readonly (readonly Value[])[]): Promise<number>;
}

/** A database whose tables are those of one feature. */
export interface Tables<T> {
  readonly dialect: DialectName;
  /** For reading; on SQLite it refuses to write. */
  readonly db: Kysely<T>;
  /**
   * Runs a unit of work in a transaction and resolves when it is on disk. Work that throws leaves nothing behind. Work may run
   * twice (after a deadlock on PostgreSQL), so it must have no effect outside of the database, and it must await nothing else.
   */
  write<R>(work: (transaction: Transaction<T>) => Promise<R>): Promise<R>;
}

/** An open database. Close it when done: that lets waiting writes finish. */
export interface Database {
  readonly dialect: DialectName;
  /** What was opened, without a password. */
  readonly description: string;
  /** The same database seen as the tables of one feature. */
  tables<T>(): Tables<T>;
  close(): Promise<void>;
}
