// Datasets as rows: found, locked, read, and what belongs to them written.
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { InputError, NotFoundError } from '../../core/index.ts';
import type { DialectName, Transaction } from '../../store/index.ts';
import type { TextMap } from '../traces/index.ts';
import type { EvaluationDataset } from './entities.ts';
import type { EvaluationDatasetTables } from './tables.ts';

export type DatasetRow = Omit<EvaluationDatasetTables['evaluation_datasets'], 'id'> & { readonly id: number };

function toDataset(
  row: DatasetRow,
  tags: readonly { readonly key: string; readonly value: string }[],
): EvaluationDataset {
  return {
    datasetId: row.dataset_id,
    name: row.name,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    schema: row.schema ?? undefined,
    profile: row.profile ?? undefined,
    digest: row.digest,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    createdBy: row.created_by ?? undefined,
    updatedBy: row.updated_by ?? undefined,
  };
}

export async function findDataset(
  db: Kysely<EvaluationDatasetTables>,
  datasetId: string,
): Promise<DatasetRow | undefined> {
  return db
    .selectFrom('evaluation_datasets')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .executeTakeFirst();
}

/** The row within a transaction; no other transaction changes it before this one ends. */
export async function lockDataset(
  db: Kysely<EvaluationDatasetTables>,
  dialect: DialectName,
  datasetId: string,
): Promise<DatasetRow> {
  const query = db.selectFrom('evaluation_datasets').selectAll().where('dataset_id', '=', datasetId);
  const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) throw new NotFoundError(`Dataset '${datasetId}' not found`);
  return row;
}

/** The datasets of rows, in their order. */
export async function toDatasets(
  db: Kysely<EvaluationDatasetTables>,
  rows: readonly DatasetRow[],
): Promise<readonly EvaluationDataset[]> {
  const ids = rows.map(({ id }) => id);
  const tags =
    ids.length === 0
      ? []
      : await db
          .selectFrom('evaluation_dataset_tags')
          .selectAll()
          .where('dataset', 'in', ids)
          .orderBy('key')
          .execute();
  const byDataset = Map.groupBy(tags, ({ dataset }) => dataset);
  return rows.map((row) => toDataset(row, byDataset.get(row.id) ?? []));
}

export async function writeTags(
  { insertMany }: Transaction<EvaluationDatasetTables>,
  dataset: number,
  tags: TextMap,
): Promise<void> {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length > 255)
      throw new InputError(`Cannot set a tag with a key of ${key.length} characters; 255 are allowed`);
    if (value.length > 5000)
      throw new InputError(`Cannot set the tag '${key}' to ${value.length} characters; 5000 are allowed`);
  }
  await insertMany(
    {
      into: 'evaluation_dataset_tags',
      columns: { dataset: 'bigint', key: 'text', value: 'text' },
      onConflict: 'on conflict (dataset, key) do update set value = excluded.value',
    },
    Object.entries(tags).map(([key, value]) => [dataset, key, value]),
  );
}

export async function writeExperiments(
  { insertMany }: Transaction<EvaluationDatasetTables>,
  dataset: number,
  experimentIds: readonly string[],
): Promise<void> {
  for (const id of experimentIds)
    if (!/^[a-zA-Z0-9][\w-]{0,63}$/.test(id))
      throw new InputError(`Invalid experiment ID: '${id.slice(0, 80)}'`);
  await insertMany(
    {
      into: 'evaluation_dataset_experiments',
      columns: { dataset: 'bigint', experiment: 'text' },
      onConflict: 'on conflict do nothing',
    },
    experimentIds.map((id) => [dataset, id]),
  );
}

/** Changes with the name and the time of the last change. */
export function digestOf(name: string, time: number): string {
  return createHash('sha256').update(`${name}:${time}`).digest('hex').slice(0, 8);
}
