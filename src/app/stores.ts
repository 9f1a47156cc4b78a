// Opens what Hone keeps its records in: the database with its schema, the artifacts, and the features over them.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Access, accessMigration, openAccess } from '../access/index.ts';
import { fileError } from '../core/index.ts';
import { type Files, filesMigration, openFiles } from '../files/index.ts';
import { type Jobs, jobsMigration, openJobs } from '../jobs/index.ts';
import { openRegistry, type Registry, registryMigrations } from '../registry/index.ts';
import {
  type BlobStore,
  type Database,
  type Migration,
  migrate,
  openBlobStore,
  openDatabase,
  partition,
} from '../store/index.ts';
import {
  appendPath,
  evaluationDatasetsMigration,
  loggedModelsMigration,
  openTracking,
  purgeMigration,
  type Tracking,
  tracesMigration,
  trackingMigration,
} from '../tracking/index.ts';
import { openWebhooks, type Webhooks, webhooksMigration } from '../webhooks/index.ts';
import { artifactsIn, databaseIn, dataDirectory } from './data-directory.ts';
import { tunedModelsMigration } from './models/tuned-models.ts';
import { trackingLinks } from './tracking-links.ts';
import { importsMigration } from './workflows/import/ledger.ts';

/** The schema, feature by feature, in the order in which it grew. */
export const migrations: readonly Migration[] = [
  trackingMigration,
  ...registryMigrations,
  evaluationDatasetsMigration,
  tracesMigration,
  loggedModelsMigration,
  purgeMigration,
  importsMigration,
  accessMigration,
  filesMigration,
  jobsMigration,
  tunedModelsMigration,
  webhooksMigration,
];

/** Where records are kept. */
export type StoreLocations = {
  /** The data directory; default: see {@link dataDirectory}. */
  readonly data?: string | undefined;
  /** `sqlite:PATH` or `postgres://...`; default: `tracking.db` in the data directory. */
  readonly database?: string | undefined;
  /** A directory or an object store, as `openBlobStore` takes it; default: `artifacts` in the data directory. */
  readonly artifacts?: string | undefined;
  /** The URI under which experiments are told that their artifacts lie; default: `mlflow-artifacts:`, which the server hands on. */
  readonly artifactRoot?: string | undefined;
};

/** All stores, open. */
export type Stores = {
  readonly database: Database;
  readonly artifacts: BlobStore;
  readonly tracking: Tracking;
  readonly registry: Registry;
  readonly access: Access;
  readonly files: Files;
  readonly webhooks: Webhooks;
  readonly jobs: Jobs;
  /** Files of tuned models, which the catalogue of models hands out. */
  readonly modelStore: BlobStore;
  /** Checkpoints of jobs that may go on on another machine. */
  readonly jobStore: BlobStore;
  /** Lets waiting writes finish; ends all waiting for jobs. */
  close(): Promise<void>;
};

/**
 * Opens the stores, made where they are missing, and brings the database to this version's schema.
 * @throws InputError for an address that says too little or a database that a newer Hone made; ResourceError where one cannot be reached
 */
export async function openStores(locations: StoreLocations = {}): Promise<Stores> {
  const data = dataDirectory(locations.data);
  if (locations.database === undefined || locations.artifacts === undefined) await makeDataDirectory(data);
  const place = await openBlobStore(locations.artifacts ?? artifactsIn(data));
  // Artifacts are for whoever tracks; uploads, tuned models and jobs are for their owners alone.
  const { inside: uploads, outside: rest } = partition(place, '.hone-files');
  const { inside: modelStore, outside: others } = partition(rest, '.hone-models');
  const { inside: jobStore, outside: artifacts } = partition(others, '.hone-jobs');
  const database = await openDatabase(locations.database ?? databaseIn(data));
  try {
    await migrate(database, migrations);
    const tracking = await openTracking(database, {
      artifactLocationOf: (id) => placeUnder(locations.artifactRoot ?? 'mlflow-artifacts:', id),
    });
    const registry = openRegistry(database, { tracking: trackingLinks(tracking) });
    const access = openAccess(database);
    const files = openFiles(database, uploads);
    const webhooks = openWebhooks(database);
    const jobs = openJobs(database);
    const close = () => {
      jobs.close();
      return database.close();
    };
    const features = { tracking, registry, access, files, webhooks, jobs };
    return { database, artifacts, ...features, modelStore, jobStore, close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** `root/name`; a path becomes absolute: clients elsewhere read it. */
function placeUnder(root: string, name: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(root) ? appendPath(root, name) : resolve(root, name);
}

/** A directory that is made here keeps itself out of its surrounding repository. */
async function makeDataDirectory(path: string): Promise<void> {
  try {
    const made = await mkdir(path, { recursive: true });
    if (made !== undefined) await writeFile(join(path, '.gitignore'), '*\n');
  } catch (error) {
    throw fileError(`Cannot make the data directory '${path}'`, error);
  }
}
