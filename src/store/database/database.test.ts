// The database: units of work are whole, shared commits keep failures apart, several processes share a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ResourceError } from '../../core/index.ts';
import { postgresAvailable, startPostgres } from '../../testing/postgres.ts';
import { migrate, openDatabase } from './index.ts';

type Notes = {
  readonly notes: { readonly id: number; readonly text: string; readonly value: number | null };
};

const directory = mkdtempSync(join(tmpdir(), 'hone-database-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const notes = {
  name: '0001-notes',
  statements: ({ text }: { readonly text: string }) => [
    `create table notes (id bigint primary key, text ${text} not null, value double precision)`,
  ],
};

async function openNotes(name: string) {
  const database = await openDatabase(`sqlite:${join(directory, name)}`);
  await migrate(database, [notes]);
  return database;
}

test('migrate applies each migration once and refuses the database of a newer version', async () => {
  const database = await openNotes('migrate.db');
  expect(await migrate(database, [notes])).toEqual([]);
  await expect(migrate(database, [])).rejects.toThrow(
    'a newer version of Hone made it (it has 0001-notes); update Hone',
  );
  await database.close();
});

test('Tables.write keeps the rows of the units that succeed and none of one that fails, though they share a commit', async () => {
  const database = await openNotes('units.db');
  const { db, write } = database.tables<Notes>();
  const writes = [1, 2, 3, 4].map((id) =>
    write(async (transaction) => {
      await transaction.db.insertInto('notes').values({ id, text: 'a', value: id }).execute();
      if (id === 3) throw new Error('no');
    }),
  );
  const results = await Promise.allSettled(writes);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect((await db.selectFrom('notes').select('id').orderBy('id').execute()).map(({ id }) => id)).toEqual([
    1, 2, 4,
  ]);
  await database.close();
});

test('Transaction.insertMany counts the rows that were new', async () => {
  const database = await openNotes('many.db');
  const { write } = database.tables<Notes>();
  const statement = {
    into: 'notes',
    columns: { id: 'bigint', text: 'text', value: 'double precision' },
    onConflict: 'on conflict do nothing',
  } as const;
  const insert = (rows: [number, string, number | null][]) =>
    write((transaction) => transaction.insertMany(statement, rows));
  expect(
    await insert([
      [1, 'a', 0.1],
      [2, 'b', null],
    ]),
  ).toBe(2);
  expect(
    await insert([
      [2, 'b', null],
      [3, 'c', 5e-324],
    ]),
  ).toBe(1);
  await database.close();
});

test('a database refuses to write through its reading side and text that the other database cannot keep', async () => {
  const database = await openNotes('refuse.db');
  const { db, write } = database.tables<Notes>();
  await expect(db.insertInto('notes').values({ id: 1, text: 'a', value: 1 }).execute()).rejects.toThrow(
    'readonly',
  );
  const store = (text: string) =>
    write(({ db: writer }) => writer.insertInto('notes').values({ id: 1, text, value: 1 }).execute());
  await expect(store('a\0b')).rejects.toThrow('contains a NUL character; remove it');
  await expect(store('\ud800')).rejects.toThrow('half of a surrogate pair');
  await database.close();
});

test('openDatabase refuses unknown schemes and options', async () => {
  await expect(openDatabase('mysql://a/b')).rejects.toThrow("Cannot open a database by 'mysql:'");
  await expect(openDatabase('sqlite:x.db?sync=off')).rejects.toThrow("unknown option 'sync'");
});

test('a database in memory closes once', async () => {
  const database = await openDatabase('sqlite::memory:');
  await migrate(database, [notes]);
  await database.close();
});

test.skipIf((await postgresAvailable()) !== undefined)(
  'PostgreSQL that dies leaves the process alive, tells its callers, and is used again when it is back',
  async () => {
    const server = await startPostgres();
    try {
      const database = await openDatabase(await server.createDatabase());
      await migrate(database, [notes]);
      const { db, write } = database.tables<Notes>();
      const add = (id: number) =>
        write(({ db: writer }) => writer.insertInto('notes').values({ id, text: 'a', value: 1 }).execute());
      await add(1);
      const busy = Promise.allSettled(
        Array.from({ length: 20 }, (_, index) =>
          index % 2 === 0 ? add(10 + index) : db.selectFrom('notes').selectAll().execute(),
        ),
      );
      await server.crash();
      for (const result of await busy)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ResourceError);
      // The pool may still hand out connections that are cut already.
      await expect
        .poll(
          () =>
            add(2).then(
              () => 'added',
              () => 'away',
            ),
          { timeout: 10_000 },
        )
        .toBe('added');
      await database.close();
    } finally {
      await server.stop();
    }
  },
);
