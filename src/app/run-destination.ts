// Where runs are recorded: a data directory of this machine, or an MLflow server.
import { resolve } from 'node:path';
import { InputError } from '../core/index.ts';
import { checkServerUrl, mlflowTarget, type RunTarget, storeTarget } from '../tracking/index.ts';
import { dataDirectory } from './data-directory.ts';

/**
 * The address of a server, or the absolute path of a data directory.
 * @param uri as the user gave it; null: MLFLOW_TRACKING_URI, else the data directory
 * @throws InputError for what is neither, and for an address that holds credentials
 */
export function runDestination(uri: string | null, env: NodeJS.ProcessEnv = process.env): string {
  const given = uri ?? (env.MLFLOW_TRACKING_URI || undefined);
  if (given === undefined) return resolve(dataDirectory(undefined, env));
  const setting = uri === null ? 'MLFLOW_TRACKING_URI' : 'tracking.uri';
  if (isServer(given)) return checkServerUrl(given, setting).href.replace(/\/+$/, '');
  // A path in the environment is MLflow's own, whose files have another form. One letter before a colon is a drive
  if (uri === null || /^[a-z][a-z0-9+.-]+:/i.test(given))
    throw new InputError(
      `Cannot record the run by ${setting}: it is neither http(s)://HOST[:PORT] nor a data directory; ` +
        `give tracking.uri=http://HOST:PORT, tracking.uri=.hone for a directory, or tracking=null for none`,
    );
  return resolve(given);
}

function isServer(destination: string): boolean {
  return /^https?:\/\//i.test(destination);
}

/** Opens what {@link runDestination} named. */
export async function openDestination(destination: string): Promise<RunTarget> {
  if (isServer(destination)) return mlflowTarget(destination);
  const { openStores } = await import('./stores.ts');
  const { tracking, artifacts, close } = await openStores({ data: destination });
  return storeTarget({ tracking, artifacts, close, description: destination });
}
