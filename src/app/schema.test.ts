// The schema: what was released stays as it is, and a database of any earlier version becomes what a new one is.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { fingerprint } from '../core/index.ts';
import { type Database, migrate, vocabularies } from '../store/index.ts';
import { describeDatabases } from '../testing/databases.ts';
import { migrations } from './stores.ts';

/**
 * Each migration's statements on both databases, by their hash. A database in use knows a migration by its name alone: a statement
 * that changes needs a migration of its own, and its line here.
 */
const released: Readonly<Record<string, string>> = {
  '0001-tracking': 'b31306c9b83ad71e',
  '0002-registry': '7740a5a059607bfc',
  '0003-evaluation-datasets': 'b362520a3175de78',
  '0003-traces': '1be479fb5c1ac4a1',
  '0004-logged-models': '1b7327bc8b7d03ce',
  '0005-purge': '7465d1648dbdb848',
  '0006-imports': '95b6c7457cb5d929',
  '0007-access': '1d5efea72f182491',
  '0008-files': '8cad1b60923595f9',
  '0009-jobs': '97bb35dec8e9203a',
  '0010-tuned-models': 'd0f7c1a9c7465541',
  '0011-webhooks': '85cfc085a707ae26',
};

test('migrations are those that were released, and perhaps new ones behind them', () => {
  const hashes = migrations.map(({ name, statements }) => [
    name,
    fingerprint([statements(vocabularies.sqlite), statements(vocabularies.postgres)]).slice(0, 16),
  ]);
  expect(Object.fromEntries(hashes)).toEqual(released);
});

await describeDatabases([], (open) => {
  test('a database of any earlier schema becomes what a new one is', async () => {
    const fresh = await open();
    await migrate(fresh, migrations);
    const wanted = await schemaOf(fresh);
    expect(wanted.length).toBeGreaterThan(30);
    for (let known = 1; known < migrations.length; known++) {
      const database = await open();
      await migrate(database, migrations.slice(0, known));
      expect(await migrate(database, migrations)).toEqual(migrations.slice(known).map(({ name }) => name));
      expect(await schemaOf(database)).toEqual(wanted);
    }
  });
});

/** Columns and indexes, as the database itself lists them. */
async function schemaOf(database: Database): Promise<readonly string[]> {
  const { db, dialect } = database.tables<object>();
  const query =
    dialect === 'sqlite'
      ? sql<{
          line: string;
        }>`select type || ' ' || name || ' ' || coalesce(sql, '') as line from sqlite_master order by 1`
      : sql<{ line: string }>`
          select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as line
          from information_schema.columns where table_schema = 'public'
          union all select indexdef from pg_indexes where schemaname = 'public' order by 1`;
  return (await query.execute(db)).rows.map(({ line }) => line);
}
