// SQLite: one connection reads, one writes; writes that wait together share a commit, hence one flush of the disk.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { fileError, isSystemError, ResourceError } from '../../core/index.ts';
import type { Database, InsertMany, Tables, Transaction } from './database.ts';
import { SqliteConnection, sqliteKysely } from './sqlite-driver.ts';

export type SqliteOptions = {
  /** `full` (default): what was acknowledged survives a loss of power. `normal`: it survives a crash of the process. */
  readonly synchronous: 'full' | 'normal';
  /** Registers what queries of both databases call: functions of their own. */
  readonly prepare: (database: DatabaseSync) => void;
};

/** How long one attempt to write may hold up this process, in ms. */
const busyWait = 5;
/** How long a write waits for another process, in ms. */
const busyLimit = 30_000;
/** Units of work in one commit, at most: bounds the time the first waits for the last. */
const groupLimit = 64;

/** Opens (or makes) the database file; `:memory:` lives as long as it is open. */
export function openSqlite(path: string, options: SqliteOptions): Database {
  const writer = openFile(path, options);
  writer.exec('pragma journal_mode = wal');
  // Every checkpoint flushes the database file too: fewer, larger ones.
  writer.exec(`pragma busy_timeout = ${busyWait}; pragma wal_autocheckpoint = 4000`);
  // In memory there is but one connection to be had.
  const reader = path === ':memory:' ? writer : openFile(path, options);
  if (reader !== writer) reader.exec('pragma query_only = on');
  return new SqliteDatabase(`sqlite:${path}`, new SqliteConnection(reader), new SqliteConnection(writer));
}

function openFile(path: string, { synchronous, prepare }: SqliteOptions): DatabaseSync {
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path, { timeout: 5_000 });
    database.exec(`pragma synchronous = ${synchronous}`);
    database.exec('pragma foreign_keys = on; pragma case_sensitive_like = on; pragma cache_size = -8192');
    database.exec('pragma temp_store = memory');
    prepare(database);
    return database;
  } catch (error) {
    if (isSystemError(error)) throw fileError(`Cannot open the database '${path}'`, error);
    throw new ResourceError(
      `Cannot open the database '${path}': ${messageOf(error)}; give the path of a SQLite file or of a new one`,
      { cause: error },
    );
  }
}

type Unit = {
  readonly run: () => Promise<void>;
  readonly settle: () => void;
  readonly fail: (error: unknown) => void;
};

class SqliteDatabase implements Database {
  readonly dialect = 'sqlite';
  readonly description: string;
  readonly #reader: SqliteConnection;
  readonly #writer: SqliteConnection;
  readonly #read: Kysely<unknown>;
  readonly #write: Kysely<unknown>;
  readonly #waiting: Unit[] = [];
  #draining: Promise<void> | undefined;

  constructor(description: string, reader: SqliteConnection, writer: SqliteConnection) {
    this.description = description;
    this.#reader = reader;
    this.#writer = writer;
    this.#read = sqliteKysely(reader);
    this.#write = sqliteKysely(writer);
  }

  tables<T>(): Tables<T> {
    // Which tables there are is the migrations' business; the feature that asks states their types.
    const transaction: Transaction<T> = {
      db: this.#write as Kysely<T>,
      dialect: this.dialect,
      insertMany: async (statement, rows) => this.#writer.runMany(insertSql(statement), rows),
    };
    return {
      dialect: this.dialect,
      db: this.#read as Kysely<T>,
      write: (work) => this.#enqueue(() => work(transaction)),
    };
  }

  async close(): Promise<void> {
    await this.#draining;
    if (this.#reader.database !== this.#writer.database) this.#reader.database.close();
    this.#writer.database.close();
  }

  #enqueue<R>(work: () => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      let result: R;
      const run = async () => {
        result = await work();
      };
      this.#waiting.push({ run, settle: () => resolve(result), fail: reject });
      this.#draining ??= this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const done: Unit[] = [];
      // Requests that have arrived already get to their writes first, and share the flush of the disk.
      await nextTurn();
      try {
        await this.#begin();
        while (this.#waiting.length > 0 && done.length < groupLimit) {
          const unit = this.#waiting.shift();
          if (unit !== undefined && (await this.#runApart(unit))) done.push(unit);
        }
        this.#exec('commit');
        for (const unit of done) unit.settle();
      } catch (error) {
        if (this.#writer.database.isTransaction) this.#exec('rollback');
        const units = done.length > 0 ? done : this.#waiting.splice(0, groupLimit);
        for (const unit of units) unit.fail(asResourceError(error));
      }
    }
    // At once, not a microtask later: whoever comes now must start the next round.
    this.#draining = undefined;
  }

  /** One unit within the shared transaction; its failure takes back its own rows alone. */
  async #runApart(unit: Unit): Promise<boolean> {
    this.#exec('savepoint unit');
    try {
      await unit.run();
      this.#exec('release unit');
      return true;
    } catch (error) {
      // A full disk ends the whole transaction, savepoints and all.
      if (!this.#writer.database.isTransaction) {
        unit.fail(asResourceError(error));
        throw error;
      }
      this.#exec('rollback to unit');
      this.#exec('release unit');
      unit.fail(error);
      return false;
    }
  }

  /** Waits for other processes without holding up this one. */
  async #begin(): Promise<void> {
    const deadline = Date.now() + busyLimit;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      try {
        this.#exec('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw error;
        await sleep(pause * (0.5 + Math.random() / 2));
      }
    }
  }

  #exec(sql: string): void {
    this.#writer.database.exec(sql);
  }
}

function insertSql({ into, columns, onConflict = '' }: InsertMany): string {
  const names = Object.keys(columns);
  return `insert into ${into} (${names.join(', ')}) values (${names.map(() => '?').join(', ')}) ${onConflict}`;
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY and its extended codes share the lowest byte.
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === 5;
}

function asResourceError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const remedy = isBusy(error)
    ? 'another process has held it for 30 s; end that process or wait'
    : 'look at the disk space and the permissions';
  return new ResourceError(`Cannot write to the database: ${error.message}; ${remedy}`, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
