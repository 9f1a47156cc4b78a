// PostgreSQL: a pool of connections; each unit of work is a transaction, run again when the server ends it for a deadlock.
import {
  CompiledQuery,
  Kysely,
  type PostgresCursor,
  PostgresDialect,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
} from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { InputError, ResourceError } from '../../core/index.ts';
import type { Database, InsertMany, Tables, Transaction, Value } from './database.ts';

/** Times a unit of work is tried when the server breaks it off for another one's sake. */
const attempts = 5;

/** The number by which PostgreSQL knows its bigint; every one of ours is a safe integer. */
const bigintType = 20;

/** Opens a pool of connections; `pg` is loaded here, so that SQLite's users do not pay for it. */
export async function openPostgres(url: string): Promise<Database> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === bigintType ? Number : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that breaks is replaced by the pool, and its query fails by itself; without listeners it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const description = withoutPassword(url);
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw new ResourceError(
      `Cannot open the database '${description}': ${error instanceof Error ? error.message : String(error)}; check that the server runs and that the URL is right`,
      { cause: error },
    );
  }
  return new PostgresDatabase(
    description,
    new Kysely<unknown>({ dialect: new PostgresDialect({ pool: telling(pool) }) }),
  );
}

/** The pool, with errors that say what the caller can do, for reads and writes alike. */
function telling(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => new TellingClient(await told(pool.connect())),
  };
}

class TellingClient implements PostgresPoolClient {
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    query: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof query !== 'string') throw new TypeError('Rows are not read through cursors here');
    return told(this.#client.query(query, [...parameters])).then(({ command, rowCount, rows }) => ({
      // What kind of statement it was, by PostgreSQL's own word for it.
      command: command as PostgresQueryResult<R>['command'],
      rowCount: rowCount ?? 0,
      rows,
    }));
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy);
  }
}

function told<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw asResourceError(error);
  });
}

class PostgresDatabase implements Database {
  readonly dialect = 'postgres';
  readonly description: string;
  readonly #db: Kysely<unknown>;

  constructor(description: string, db: Kysely<unknown>) {
    this.description = description;
    this.#db = db;
  }

  tables<T>(): Tables<T> {
    // Which tables there are is the migrations' business; the feature that asks states their types.
    const db = this.#db as Kysely<T>;
    return { dialect: this.dialect, db, write: (work) => inTransaction(db, work) };
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }
}

async function inTransaction<T, R>(
  db: Kysely<T>,
  work: (transaction: Transaction<T>) => Promise<R>,
): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute((transaction) =>
        work({
          db: transaction,
          dialect: 'postgres',
          insertMany: (statement, rows) => insertMany(transaction, statement, rows),
        }),
      );
    } catch (error) {
      if (attempt === attempts || !isBrokenOff(error)) throw error;
    }
  }
}

async function insertMany<T>(
  db: Kysely<T>,
  { into, columns, onConflict = '' }: InsertMany,
  rows: readonly (readonly Value[])[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const names = Object.keys(columns);
  const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
  const text = `insert into ${into} (${names.join(', ')}) select * from unnest(${arrays.join(', ')}) ${onConflict}`;
  const values = names.map((_, index) => rows.map((row) => row[index]));
  const { numAffectedRows } = await db.executeQuery(CompiledQuery.raw(text, values));
  return Number(numAffectedRows ?? 0n);
}

/** Serialization failure, deadlock: the server undid everything, so that the work may run again. */
function isBrokenOff(error: unknown): boolean {
  return ['40001', '40P01'].includes(codeOf(error));
}

function asResourceError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code === '22021')
    return new InputError('Cannot store a text with a NUL character; remove it', { cause: error });
  // Classes 08 connection, 53 resources, 57 operator; ECONNREFUSED and the like have letters first; a cut connection has no code.
  const isAway =
    /^(08|53|57|E[A-Z])/.test(code) || /connection terminated|connection error/i.test(error.message);
  if (!isAway) return error;
  return new ResourceError(`Cannot use the database: ${error.message}; check the server`, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The URL as it may be shown. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  for (const name of [...shown.searchParams.keys()])
    if (/password/i.test(name)) shown.searchParams.set(name, '***');
  return shown.href;
}
