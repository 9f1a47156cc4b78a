// Kysely's driver for node:sqlite: prepared statements are kept, values are checked, one connection serves everybody.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { checkText } from './parameters.ts';

/** Statements kept per connection; the least recently used goes first. */
const statementLimit = 400;

/** A connection that runs queries at once: node:sqlite is synchronous, so that no two of them mix. */
export class SqliteConnection implements DatabaseConnection {
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  /** Runs one statement of many rows; resolves to the number of changed rows. */
  runMany(sql: string, rows: readonly (readonly (string | number | null)[])[]): number {
    const { statement } = this.#prepare(sql);
    let changed = 0;
    for (const row of rows) changed += Number(statement.run(...row.map(toSqlite)).changes);
    return changed;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, columns } = this.#prepare(query.sql);
    const parameters = query.parameters.map(toSqlite);
    if (columns.length > 0) {
      const rows: unknown[] = statement.all(...parameters);
      // The row type is the promise of the query's author to Kysely; SQLite itself has no types to check it by.
      return { rows: rows.map((values) => toRow(columns, values)) as R[] };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    // A statement of its own: a kept one could be run again while this one is under way.
    const statement = this.database.prepare(query.sql);
    for (const row of statement.iterate(...query.parameters.map(toSqlite))) yield { rows: [row as R] };
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.database.prepare(sql);
    const columns = statement.columns().map(({ name }) => name);
    // Rows as arrays, put into objects here, take half the time of objects made by SQLite's binding.
    if (columns.length > 0) statement.setReturnArrays(true);
    const prepared = { statement, columns };
    this.#statements.set(sql, prepared);
    if (this.#statements.size > statementLimit) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return prepared;
  }
}

type Prepared = { readonly statement: StatementSync; readonly columns: readonly string[] };

function toRow(columns: readonly string[], values: unknown): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  if (!Array.isArray(values)) return row;
  for (let index = 0; index < columns.length; index++) row[columns[index] ?? ''] = values[index];
  return row;
}

/** A Kysely over one connection. Transactions are the caller's: `Kysely.transaction()` is refused. */
export function sqliteKysely(connection: SqliteConnection): Kysely<unknown> {
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SqliteDriver(connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return new Kysely<unknown>({ dialect });
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
  beginTransaction(): Promise<void> {
    return refuse();
  }
  commitTransaction(): Promise<void> {
    return refuse();
  }
  rollbackTransaction(): Promise<void> {
    return refuse();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(
    new TypeError('Transactions go through Tables.write, which shares one commit among many'),
  );
}

function toSqlite(value: unknown): SQLInputValue {
  if (typeof value === 'string') {
    checkText(value);
    return value;
  }
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`Cannot store a value of type ${typeof value} in SQLite`);
}
