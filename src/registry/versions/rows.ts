// Reads versions with their tags and aliases.
import type { Selectable } from 'kysely';
import { NotFoundError } from '../../core/index.ts';
import type { RegistryReader } from '../context.ts';
import { type ModelVersion, type RegistrationStatus, registrationStatuses, type Tag } from '../entities.ts';
import { type Stage, stageOf } from '../stages.ts';
import type { RegistryTables } from '../tables.ts';
import { lifecycleOf, tagKeys, tagValue } from '../tag-keys.ts';

export type VersionRow = Selectable<RegistryTables['model_versions']>;

/** Rows whose tags are fetched at once: both databases bound the number of parameters. */
const batchSize = 2000;

/** The row of a version that is not deleted. @throws NotFoundError */
export async function findVersion(
  { db }: RegistryReader,
  name: string,
  version: number,
): Promise<VersionRow> {
  // Other numbers are not in the database, and PostgreSQL would refuse to look for them.
  const row = Number.isSafeInteger(version)
    ? await db
        .selectFrom('model_versions')
        .innerJoin('registered_models', 'registered_models.id', 'model_versions.model')
        .selectAll('model_versions')
        .where('model_versions.name', '=', name)
        .where('version', '=', version)
        .where('model_versions.deleted_at', 'is', null)
        .where('registered_models.deleted_at', 'is', null)
        .executeTakeFirst()
    : undefined;
  if (row === undefined) throw missingVersion(name, version);
  return row;
}

/** MLflow's text. */
export function missingVersion(name: string, version: number): NotFoundError {
  return new NotFoundError(`Model Version (name=${name}, version=${version}) not found`);
}

/** Versions of rows, in their order. */
export async function loadVersions(
  reader: RegistryReader,
  rows: readonly VersionRow[],
): Promise<readonly ModelVersion[]> {
  const versions: ModelVersion[] = [];
  for (let start = 0; start < rows.length; start += batchSize) {
    const part = rows.slice(start, start + batchSize);
    const [tags, aliases] = await Promise.all([tagsOf(reader, part), aliasesOf(reader, part)]);
    for (const row of part)
      versions.push(
        versionOf(row, { tags: tags.get(keyOf(row)) ?? [], aliases: aliases.get(keyOf(row)) ?? [] }),
      );
  }
  return versions;
}

/** The version of one row. */
export async function loadVersion(reader: RegistryReader, row: VersionRow): Promise<ModelVersion> {
  const [version] = await loadVersions(reader, [row]);
  if (version === undefined) throw new TypeError('One row gives one version');
  return version;
}

function versionOf(
  row: VersionRow,
  { tags, aliases }: { readonly tags: readonly Tag[]; readonly aliases: readonly string[] },
): ModelVersion {
  return {
    name: row.name,
    version: row.version,
    description: row.description ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    stage: stageOf(row.stage),
    source: row.source,
    storageLocation: row.storage_location,
    runId: row.run_id ?? undefined,
    runLink: row.run_link ?? undefined,
    loggedModelId: row.logged_model_id ?? undefined,
    status: statusOf(row.status),
    statusMessage: row.status_message ?? undefined,
    tags,
    aliases,
    semanticVersion: tagValue(tags, tagKeys.semanticVersion),
    lifecycle: lifecycleOf(tags),
  };
}

function statusOf(text: string): RegistrationStatus {
  return registrationStatuses.find((known) => known === text) ?? 'READY';
}

async function tagsOf({ db }: RegistryReader, rows: readonly VersionRow[]): Promise<Map<string, Tag[]>> {
  const found = await db
    .selectFrom('model_version_tags')
    .select(['model', 'version', 'key', 'value'])
    .where('model', 'in', distinct(rows, 'model'))
    .where('version', 'in', distinct(rows, 'version'))
    .orderBy('id')
    .execute();
  const tags = new Map<string, Tag[]>();
  for (const row of found) append(tags, keyOf(row), { key: row.key, value: row.value });
  return tags;
}

async function aliasesOf(
  { db }: RegistryReader,
  rows: readonly VersionRow[],
): Promise<Map<string, string[]>> {
  const found = await db
    .selectFrom('model_aliases')
    .select(['model', 'version', 'alias'])
    .where('model', 'in', distinct(rows, 'model'))
    .where('version', 'in', distinct(rows, 'version'))
    .orderBy('alias')
    .execute();
  const aliases = new Map<string, string[]>();
  for (const row of found) append(aliases, keyOf(row), row.alias);
  return aliases;
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

function distinct(rows: readonly VersionRow[], column: 'model' | 'version'): number[] {
  return [...new Set(rows.map((row) => row[column]))];
}

function keyOf({ model, version }: { readonly model: number; readonly version: number }): string {
  return `${model}/${version}`;
}

/** The newest version of each stage of models, in the order in which a model's stages were first reached. */
export async function latestRows(
  { db }: RegistryReader,
  models: readonly number[],
  stages?: readonly Stage[],
): Promise<readonly VersionRow[]> {
  if (models.length === 0) return [];
  const newest = db
    .selectFrom('model_versions')
    .select(({ fn }) => ['model', fn.min('version').as('first'), fn.max('version').as('last')])
    .where('model', 'in', models)
    .where('deleted_at', 'is', null)
    .$if(stages !== undefined, (query) => query.where('stage', 'in', stages ?? []))
    .groupBy(['model', 'stage']);
  return await db
    .selectFrom('model_versions')
    .innerJoin(newest.as('newest'), (join) =>
      join
        .onRef('newest.model', '=', 'model_versions.model')
        .onRef('newest.last', '=', 'model_versions.version'),
    )
    .selectAll('model_versions')
    .orderBy('newest.model')
    .orderBy('newest.first')
    .execute();
}
