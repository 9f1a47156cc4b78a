// Writes versions, within the transaction of a change.
import { NotFoundError } from '../../core/index.ts';
import { recordChange } from '../audit/record.ts';
import { lockModel, type RegistryTransaction } from '../context.ts';
import type { Change, RegistrationStatus, Tag } from '../entities.ts';
import type { Stage } from '../stages.ts';
import { lifecycleOf } from '../tag-keys.ts';
import { findVersion, missingVersion, type VersionRow } from './rows.ts';

/** A version that nobody else changes until the transaction ends. */
export type HeldVersion = {
  readonly transaction: RegistryTransaction;
  readonly row: VersionRow;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Runs work on a version that is held for it. @throws NotFoundError */
export async function holdVersion(
  transaction: RegistryTransaction,
  wanted: { readonly name: string; readonly version: number; readonly now: number },
  work: (held: HeldVersion) => Promise<void>,
): Promise<void> {
  const { name, version, now } = wanted;
  await lockModel(transaction, name).catch((error: unknown) => {
    // Who asks for a version of no model misses the version, as MLflow tells it.
    throw error instanceof NotFoundError ? missingVersion(name, version) : error;
  });
  await work({ transaction, row: await findVersion(transaction, name, version), now });
}

export type NewRow = {
  readonly fields: Pick<
    VersionRow,
    'name' | 'description' | 'source' | 'storage_location' | 'run_id' | 'run_link' | 'logged_model_id'
  > & { readonly status: RegistrationStatus };
  readonly tags: readonly Tag[];
  readonly change: Change;
  readonly now: number;
};

/** Inserts a version under the next number of its model and resolves to it. */
export async function insertVersion(
  transaction: RegistryTransaction,
  { fields, tags, change, now }: NewRow,
): Promise<number> {
  const { db } = transaction;
  const { id, name, last_version: last } = await lockModel(transaction, fields.name);
  const version = last + 1;
  const counted = { last_version: version, updated_at: now };
  await db.updateTable('registered_models').set(counted).where('id', '=', id).execute();
  const row = { ...fields, model: id, version, created_at: now, updated_at: now, stage: 'None' };
  await db
    .insertInto('model_versions')
    .values({ ...row, status_message: null, deleted_at: null })
    .execute();
  const rows = tags.map(({ key, value }) => [id, version, key, value]);
  await transaction.insertMany(insertTags, rows);
  const event = {
    action: 'version.created',
    model: { id, name },
    version,
    after: lifecycleOf(tags),
  } as const;
  await recordChange(transaction, event, { ...change, now });
  return version;
}

/** Sets columns of a version. */
export async function updateVersion(
  { db }: RegistryTransaction,
  { model, version }: Pick<VersionRow, 'model' | 'version'>,
  values: Partial<Omit<VersionRow, 'model' | 'version' | 'name'>>,
): Promise<void> {
  const query = db.updateTable('model_versions').set(values);
  await query.where('model', '=', model).where('version', '=', version).execute();
}

/** Moves a version to a stage and says so in the audit, unless it is there. */
export async function moveToStage(
  transaction: RegistryTransaction,
  row: VersionRow,
  { stage, now, ...change }: Change & { readonly stage: Stage; readonly now: number },
): Promise<void> {
  await updateVersion(transaction, row, { stage, updated_at: now });
  if (row.stage === stage) return;
  const { model: id, name, version, stage: before } = row;
  const event = { action: 'version.stage', model: { id, name }, version, before, after: stage } as const;
  await recordChange(transaction, event, { ...change, now });
}

/** The versions of a model that are in a stage. */
export async function versionsInStage(
  { db }: RegistryTransaction,
  model: number,
  stage: Stage,
): Promise<readonly VersionRow[]> {
  const query = db.selectFrom('model_versions').selectAll().where('model', '=', model);
  return await query.where('stage', '=', stage).where('deleted_at', 'is', null).orderBy('version').execute();
}

/** Sets a tag of a version; it keeps its place among the others. */
export async function putTag(
  { db }: RegistryTransaction,
  { model, version }: Pick<VersionRow, 'model' | 'version'>,
  { key, value }: Tag,
): Promise<void> {
  await db
    .insertInto('model_version_tags')
    .values({ model, version, key, value })
    .onConflict((conflict) => conflict.columns(['model', 'version', 'key']).doUpdateSet({ value }))
    .execute();
}

const insertTags = {
  into: 'model_version_tags',
  columns: { model: 'bigint', version: 'bigint', key: 'text', value: 'text' },
} as const;
