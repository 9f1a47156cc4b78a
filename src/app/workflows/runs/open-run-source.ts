// Opens the place that a command names.
import { existsSync } from 'node:fs';
import { NotFoundError } from '../../../core/index.ts';
import { databaseIn, dataDirectory } from '../../data-directory.ts';
import { openStores, type StoreLocations, type Stores } from '../../stores.ts';
import type { RunSource } from './run-source.ts';
import { serverSource } from './server-source.ts';
import { storeSource } from './store-source.ts';

/** Where runs are: a server by its address, else the stores on this machine. */
export type RunLocations = StoreLocations & { readonly uri?: string | undefined };

/**
 * Opens the server of `uri`, else the stores that are named, else the server of MLFLOW_TRACKING_URI (where a training records
 * too), else the data directory.
 * @throws NotFoundError where there are no stores: reading makes none
 */
export async function openRunSource(
  { uri, ...locations }: RunLocations,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunSource> {
  const server = serverOf({ uri, ...locations }, env);
  return server === undefined ? storeSource(await openExistingStores(locations)) : serverSource(server);
}

/** The server that is meant, if one is. */
export function serverOf(
  { uri, data, database }: RunLocations,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (uri !== undefined || data !== undefined || database !== undefined) return uri;
  const usual = env.MLFLOW_TRACKING_URI;
  return usual !== undefined && /^https?:/i.test(usual) ? usual : undefined;
}

/** Opens stores that are there. @throws NotFoundError where a file of the database is missing */
export async function openExistingStores(locations: StoreLocations): Promise<Stores> {
  const data = dataDirectory(locations.data);
  const address = locations.database ?? databaseIn(data);
  const [, file] = /^sqlite:(.+)$/.exec(address) ?? [];
  if (file !== undefined && file !== ':memory:' && !existsSync(file))
    throw new NotFoundError(
      `Cannot find anything recorded: there is no '${file}'; train something, start hone server, or name the place by --data DIR, --database URL or --uri http://HOST:PORT`,
    );
  return openStores(locations);
}
