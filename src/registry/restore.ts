// Writes models and versions from elsewhere as they were: numbers, stages, times. Each write may be repeated and comes to the same.
import { ConflictError, InputError } from '../core/index.ts';
import type { Database } from '../store/index.ts';
import { recordChange } from './audit/record.ts';
import { isUniqueViolation, lockModel, type RegistryContext, type RegistryTransaction } from './context.ts';
import type { Change, RegistrationStatus, Tag } from './entities.ts';
import { modelMachine } from './lifecycle/model.ts';
import { checkLength, checkModelName, checkTag, distinctTags, limits } from './names.ts';
import { stageOf } from './stages.ts';
import type { RegistryTables } from './tables.ts';
import { checkOwnTags, lifecycleOf, semanticVersionTaken, tagKeys, tagValue } from './tag-keys.ts';
import { moveToStage, putTag, updateVersion } from './versions/write.ts';

/** A registered model as it was elsewhere. Times are milliseconds since 1970. */
export type RestoredModel = {
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: readonly Tag[];
  /** The highest number that was given there, to versions that are deleted now, too: it is not given again. */
  readonly lastVersion: number;
};

/** A version as it was elsewhere. */
export type RestoredVersion = {
  readonly version: number;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** One of MLflow's stages. */
  readonly stage: string;
  readonly source: string;
  readonly storageLocation: string;
  readonly runId: string | undefined;
  readonly runLink: string | undefined;
  readonly loggedModelId: string | undefined;
  readonly status: RegistrationStatus;
  readonly statusMessage: string | undefined;
  readonly tags: readonly Tag[];
};

/** The restoration of a database to which {@link registryMigrations} were applied. */
export function openRegistryRestoration(
  database: Database,
  { now = Date.now }: { readonly now?: () => number } = {},
): RegistryRestoration {
  return new RegistryRestoration({ tables: database.tables<RegistryTables>(), now, tracking: undefined });
}

/** Writes what was registered elsewhere; the audit tells when and why. Errors: InputError for what cannot be kept, NotFoundError. */
export class RegistryRestoration {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** Writes a model; the model of that name becomes as told, and keeps tags that are not told. */
  async model(model: RestoredModel, change: Change): Promise<void> {
    const { name, description = null, createdAt, updatedAt } = model;
    checkModelName(name);
    checkLength('description', description ?? '', limits.description);
    for (const tag of model.tags) checkTag(tag);
    const now = this.#context.now();
    await this.#context.tables.write(async (transaction) => {
      const { db } = transaction;
      const times = { created_at: createdAt, updated_at: updatedAt };
      const made = await db
        .insertInto('registered_models')
        .values({
          name,
          description,
          ...times,
          last_version: 0,
          stage: modelMachine.initial,
          current_version: null,
          deleted_at: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      const { id, last_version } = await lockModel(transaction, name);
      const last = Math.max(last_version, model.lastVersion);
      await db
        .updateTable('registered_models')
        .set({ description, ...times, last_version: last })
        .where('id', '=', id)
        .execute();
      await setModelTags(transaction, id, model.tags);
      if (made === undefined) return;
      const event = { action: 'model.created', model: { id, name }, after: name } as const;
      await recordChange(transaction, event, { ...change, now });
    });
  }

  /** Writes a version under its own number; a version of that number becomes as told, and keeps tags that are not told. */
  async version(name: string, version: RestoredVersion, change: Change): Promise<void> {
    const { version: number, tags } = version;
    if (!Number.isSafeInteger(number) || number < 1)
      throw new InputError(`Cannot keep version ${number} of '${name}': versions are numbered from 1 up`);
    checkLength('description', version.description ?? '', limits.description);
    for (const tag of tags) checkTag(tag);
    checkOwnTags(tags);
    const now = this.#context.now();
    const write = (transaction: RegistryTransaction) =>
      writeVersion(transaction, { name, version, change, now });
    await this.#context.tables.write(write).catch((error: unknown) => {
      throw isUniqueViolation(error)
        ? semanticVersionTaken(name, tagValue(tags, tagKeys.semanticVersion))
        : error;
    });
  }
}

type Writing = {
  readonly name: string;
  readonly version: RestoredVersion;
  readonly change: Change;
  readonly now: number;
};

async function writeVersion(
  transaction: RegistryTransaction,
  { name, version: { tags, stage: written, ...version }, change, now }: Writing,
): Promise<void> {
  const { db } = transaction;
  const stage = stageOf(written);
  const { id: model, last_version } = await lockModel(transaction, name);
  const key = { model, version: version.version };
  const query = db.selectFrom('model_versions').selectAll().where('model', '=', model);
  const present = await query.where('version', '=', key.version).executeTakeFirst();
  if (present !== undefined && present.deleted_at !== null)
    throw new ConflictError(
      `Cannot write version ${key.version} of '${name}': it was deleted here; restore it or leave it out`,
    );
  const last = Math.max(last_version, key.version);
  await db.updateTable('registered_models').set({ last_version: last }).where('id', '=', model).execute();
  const row = { ...key, ...columnsOf(version), name, stage: present?.stage ?? 'None', deleted_at: null };
  if (present === undefined) {
    await db.insertInto('model_versions').values(row).execute();
    const after = lifecycleOf(tags);
    const event = {
      action: 'version.created',
      model: { id: model, name },
      version: key.version,
      after,
    } as const;
    await recordChange(transaction, event, { ...change, now });
  } else await updateVersion(transaction, key, columnsOf(version));
  for (const tag of distinctTags(tags)) await putTag(transaction, key, tag);
  await moveToStage(transaction, row, { stage, now, ...change });
  await updateVersion(transaction, key, { updated_at: version.updatedAt });
}

function columnsOf(version: Omit<RestoredVersion, 'tags' | 'stage'>) {
  return {
    description: version.description ?? null,
    created_at: version.createdAt,
    updated_at: version.updatedAt,
    source: version.source,
    storage_location: version.storageLocation,
    run_id: version.runId ?? null,
    run_link: version.runLink ?? null,
    logged_model_id: version.loggedModelId ?? null,
    status: version.status,
    status_message: version.statusMessage ?? null,
  };
}

async function setModelTags({ db }: RegistryTransaction, model: number, tags: readonly Tag[]): Promise<void> {
  for (const { key, value } of distinctTags(tags))
    await db
      .insertInto('registered_model_tags')
      .values({ model, key, value })
      .onConflict((conflict) => conflict.columns(['model', 'key']).doUpdateSet({ value }))
      .execute();
}
