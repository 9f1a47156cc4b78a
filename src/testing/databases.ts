// Runs the same tests on SQLite and on PostgreSQL.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { type Database, type Migration, migrate, openDatabase } from '../store/index.ts';
import { postgresAvailable, sharedPostgres } from './postgres.ts';

/** Opens a fresh, migrated database; it is closed and removed after the tests. `again` opens one that exists once more. */
export type OpenDatabase = (options?: { readonly again?: Database }) => Promise<Database>;

/**
 * Describes tests once for each database. Where no PostgreSQL can be had its tests are skipped, and their title says why.
 * On PostgreSQL every test has a database of its own in one server.
 */
export async function describeDatabases(
  migrations: readonly Migration[],
  tests: (open: OpenDatabase) => void,
): Promise<void> {
  describe('on SQLite', () => {
    const directory = mkdtempSync(join(tmpdir(), 'hone-store-'));
    let count = 0;
    tests(opener(migrations, async () => `sqlite:${join(directory, `${++count}.db`)}`));
    afterAll(() => rmSync(directory, { recursive: true, force: true }));
  });
  const reason = await postgresAvailable();
  describe.skipIf(reason !== undefined)(`on PostgreSQL${reason === undefined ? '' : ` (${reason})`}`, () => {
    tests(opener(migrations, async () => (await sharedPostgres()).createDatabase()));
  });
}

function opener(migrations: readonly Migration[], makeUrl: () => Promise<string>): OpenDatabase {
  const opened = new Map<Database, string>();
  // Registered before the folder's removal runs: hooks run last to first.
  afterAll(async () => {
    await Promise.all([...opened.keys()].map((database) => database.close()));
  });
  return async ({ again } = {}) => {
    const url = (again === undefined ? undefined : opened.get(again)) ?? (await makeUrl());
    const database = await openDatabase(url);
    opened.set(database, url);
    await migrate(database, migrations);
    return database;
  };
}
