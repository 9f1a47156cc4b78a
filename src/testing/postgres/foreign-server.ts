// A PostgreSQL server that somebody else runs, in which tests make databases of their own.
import { createDatabase, dropDatabase, dropStaleDatabases } from './databases.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Uses the server at `url`, whose user may create databases; drops what killed tests left there. */
export async function connectForeignServer(url: string): Promise<PostgresServer> {
  await dropStaleDatabases(url);
  const made: string[] = [];
  return {
    url,
    pid: undefined,
    async createDatabase() {
      const database = await createDatabase(url);
      made.push(database);
      return database;
    },
    async crash() {
      throw new Error(
        'Cannot crash the server that HONE_TEST_POSTGRES names: it is not ours; unset the variable',
      );
    },
    async stop() {
      for (const database of made.splice(0)) await dropDatabase(url, database);
    },
  };
}
