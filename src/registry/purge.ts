// Removes for good what was deleted. The audit stays.
import { recordChange } from './audit/record.ts';
import type { RegistryContext, RegistryTransaction } from './context.ts';
import type { Change } from './entities.ts';

/** What to purge: everything that was deleted, or one name's, or what was deleted before a time (ms since 1970). */
export type PurgeOptions = Change & {
  readonly dryRun?: boolean;
  readonly model?: string;
  readonly deletedBefore?: number;
};

/** What went, or would go. */
export type PurgeReport = {
  readonly models: readonly { readonly name: string; readonly deletedAt: number }[];
  readonly versions: readonly PurgedVersion[];
  /** Rows of the database, tags and aliases among them. */
  readonly rows: number;
};

/** `artifactUri` is where its files lie: they are the caller's to remove, where nothing else refers to them. */
export type PurgedVersion = { readonly name: string; readonly version: number; readonly artifactUri: string };

type Doomed = {
  readonly models: readonly { readonly id: number; readonly name: string; readonly deletedAt: number }[];
  readonly versions: readonly (PurgedVersion & { readonly model: number })[];
};

/** Purges in one transaction; with `dryRun` only tells what would go. */
export async function purge(
  { tables, now: clock }: RegistryContext,
  options: PurgeOptions = {},
): Promise<PurgeReport> {
  const { dryRun = false, by, reason } = options;
  const now = clock();
  return await tables.write(async (transaction) => {
    const { models, versions } = await findDoomed(transaction, options);
    let rows = models.length + versions.length;
    for (const { model, version } of versions) rows += await countBelongings(transaction, { model, version });
    for (const { id } of models) rows += await countTags(transaction, id);
    if (!dryRun) {
      for (const { model: id, name, version } of versions) {
        await removeVersion(transaction, { model: id, version });
        const event = { action: 'version.purged', model: { id, name }, version } as const;
        await recordChange(transaction, event, { by, reason, now });
      }
      for (const { id, name } of models) {
        await transaction.db.deleteFrom('registered_model_tags').where('model', '=', id).execute();
        await transaction.db.deleteFrom('registered_models').where('id', '=', id).execute();
        await recordChange(
          transaction,
          { action: 'model.purged', model: { id, name }, before: name },
          { by, reason, now },
        );
      }
    }
    return {
      models: models.map(({ name, deletedAt }) => ({ name, deletedAt })),
      versions: versions.map(({ name, version, artifactUri }) => ({ name, version, artifactUri })),
      rows,
    };
  });
}

async function findDoomed(
  { db, dialect }: RegistryTransaction,
  { model, deletedBefore = Number.MAX_SAFE_INTEGER }: PurgeOptions,
): Promise<Doomed> {
  let query = db
    .selectFrom('registered_models')
    .select(['id', 'name', 'deleted_at'])
    .where('deleted_at', '<', deletedBefore)
    .orderBy('id');
  if (model !== undefined) query = query.where('name', '=', model);
  // Held, so that nobody restores one meanwhile.
  const models = await (dialect === 'postgres' ? query.forUpdate() : query).execute();
  let versions = db
    .selectFrom('model_versions')
    .select(['model', 'version', 'name', 'storage_location'])
    .orderBy('model')
    .orderBy('version')
    .where(({ eb, or }) =>
      or([eb('deleted_at', '<', deletedBefore), ...models.map(({ id }) => eb('model', '=', id))]),
    );
  if (model !== undefined) versions = versions.where('name', '=', model);
  const rows = await (dialect === 'postgres' ? versions.forUpdate() : versions).execute();
  return {
    models: models.map(({ id, name, deleted_at }) => ({ id, name, deletedAt: deleted_at ?? 0 })),
    versions: rows.map((row) => ({
      model: row.model,
      name: row.name,
      version: row.version,
      artifactUri: row.storage_location,
    })),
  };
}

type VersionKey = { readonly model: number; readonly version: number };

async function countBelongings({ db }: RegistryTransaction, { model, version }: VersionKey): Promise<number> {
  let count = 0;
  for (const table of ['model_version_tags', 'model_aliases'] as const) {
    const query = db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as('count'));
    const row = await query
      .where('model', '=', model)
      .where('version', '=', version)
      .executeTakeFirstOrThrow();
    count += Number(row.count);
  }
  return count;
}

async function countTags({ db }: RegistryTransaction, model: number): Promise<number> {
  const query = db.selectFrom('registered_model_tags').select(({ fn }) => fn.countAll<number>().as('count'));
  return Number((await query.where('model', '=', model).executeTakeFirstOrThrow()).count);
}

async function removeVersion({ db }: RegistryTransaction, { model, version }: VersionKey): Promise<void> {
  for (const table of ['model_version_tags', 'model_aliases', 'model_versions'] as const)
    await db.deleteFrom(table).where('model', '=', model).where('version', '=', version).execute();
}
