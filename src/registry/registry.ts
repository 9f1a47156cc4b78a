// The registry: what it is made of.
import type { Database } from '../store/index.ts';
import { Aliases } from './aliases.ts';
import { Audit } from './audit/history.ts';
import type { RegistryContext } from './context.ts';
import type { TrackingLinks } from './entities.ts';
import { Insights } from './insights.ts';
import { ModelLifecycle } from './lifecycle/model-lifecycle.ts';
import { VersionLifecycle } from './lifecycle/version-lifecycle.ts';
import { Models } from './models.ts';
import { type PurgeOptions, type PurgeReport, purge } from './purge.ts';
import type { RegistryTables } from './tables.ts';
import { Tags } from './tags.ts';
import { Versions } from './versions/versions.ts';

/** Registered models and their versions, over one database. */
export interface Registry {
  readonly models: Models;
  readonly versions: Versions;
  readonly aliases: Aliases;
  readonly tags: Tags;
  readonly audit: Audit;
  readonly modelLifecycle: ModelLifecycle;
  readonly versionLifecycle: VersionLifecycle;
  readonly insights: Insights;
  /** Removes for good what was deleted, or tells what would go. Names and numbers of the audit stay. */
  purge(options?: PurgeOptions): Promise<PurgeReport>;
}

/** Options of {@link openRegistry}. */
export type RegistryOptions = {
  /** What the registry asks of tracking; without it, versions cannot be registered from runs and logged models. */
  readonly tracking?: TrackingLinks;
  /** The clock, in ms since 1970. */
  readonly now?: () => number;
};

/** The registry of a database to which {@link registryMigrations} were applied. */
export function openRegistry(
  database: Database,
  { tracking, now = Date.now }: RegistryOptions = {},
): Registry {
  const context: RegistryContext = { tables: database.tables<RegistryTables>(), tracking, now };
  const versions = new Versions(context);
  return {
    models: new Models(context),
    versions,
    aliases: new Aliases(context),
    tags: new Tags(context),
    audit: new Audit(context),
    modelLifecycle: new ModelLifecycle(context),
    versionLifecycle: new VersionLifecycle(context),
    insights: new Insights(context, versions),
    purge: (options) => purge(context, options),
  };
}
