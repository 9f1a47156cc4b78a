// PostgreSQL: a pool of connections; each unit of work is a transaction, run again when the server ends it for a deadlock.
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
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
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
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
  return new PostgresDatabase(description, new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }));
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
      if (attempt === attempts || !isBrokenOff(error)) throw asResourceError(error);
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
  const code = codeOf(error);
  if (!(error instanceof Error) || code === '') return error;
  if (code === '22021')
    return new InputError('Cannot store a text with a NUL character; remove it', { cause: error });
  // Classes 08 connection, 53 resources, 57 operator; ECONNREFUSED and the like have letters first.
  if (!/^(08|53|57|E[A-Z])/.test(code)) return error;
  return new ResourceError(`Cannot write to the database: ${error.message}; check the server`, {
    cause: error,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The URL as it may be shown. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}
