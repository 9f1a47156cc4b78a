// How each server under comparison is started: Hone, MLflow, and one that does nothing.
import { join } from 'node:path';
import { ROOT } from '../../run-command.ts';

type Place = { readonly port: number; readonly directory: string };

export type ServerKind = {
  readonly name: string;
  /** Program and arguments. */
  command(place: Place): readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
};

/** Hone from this repository's sources. */
export function honeServer(options: { readonly database?: string } = {}): ServerKind {
  const database = options.database === undefined ? [] : ['--database', options.database];
  return {
    name: 'Hone',
    command: ({ port, directory }) => [
      process.execPath,
      join(ROOT, 'bin', 'hone.js'),
      'server',
      ...['--host', '127.0.0.1', '--port', `${port}`, '--data', directory],
      ...database,
    ],
    environment: {},
  };
}

/** MLflow by its `mlflow` program, over SQLite with one worker. */
export function mlflowServer(program: string): ServerKind {
  return {
    name: 'MLflow',
    command: ({ port, directory }) => [
      program,
      'server',
      ...['--host', '127.0.0.1', '--port', `${port}`, '--workers', '1'],
      ...['--backend-store-uri', `sqlite:///${join(directory, 'mlflow.db')}`],
      ...['--artifacts-destination', join(directory, 'artifacts')],
    ],
    // Both serve no call measured here: reports of usage, and eight more processes (1.4 GB) that wait for jobs.
    environment: { MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
  };
}

/** Answers at once without doing anything: what is measured of it is the client and the machine. */
export const idleServer: ServerKind = {
  name: 'floor',
  command: ({ port }) => [process.execPath, join(import.meta.dirname, 'idle-server.ts'), `${port}`],
  environment: {},
};
