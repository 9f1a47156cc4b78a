// Where Hone keeps what outlasts a run: one directory for the commands and the server.
import { join } from 'node:path';

/**
 * The data directory: as told, else HONE_DATA, else `.hone` in the current directory. A training started where a server runs
 * thus shows up in it.
 */
export function dataDirectory(given?: string, env: NodeJS.ProcessEnv = process.env): string {
  return given || env.HONE_DATA || '.hone';
}

/** The database in a data directory, as `openDatabase` takes it. */
export function databaseIn(directory: string): string {
  return `sqlite:${databaseFileIn(directory)}`;
}

/** The file of the database in a data directory. */
export function databaseFileIn(directory: string): string {
  return join(directory, 'tracking.db');
}

/** Where the files of runs and models lie in a data directory. */
export function artifactsIn(directory: string): string {
  return join(directory, 'artifacts');
}
