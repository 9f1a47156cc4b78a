// The records of evaluation datasets: added, merged, paged, deleted.
import { type Kysely, sql } from 'kysely';
import {
  after,
  applyOrder,
  decodePageToken,
  encodePageToken,
  type SortKey,
  type Tables,
} from '../../store/index.ts';
import type { Page } from '../entities.ts';
import { digestOf, findDataset, lockDataset } from './dataset-rows.ts';
import { extendedSchema } from './dataset-schema.ts';
import type { DatasetRecord, NewRecord } from './entities.ts';
import { inputHash, mergedRow, newRecordRow, toRecord, userOf } from './record-row.ts';
import type { EvaluationDatasetTables } from './tables.ts';

/** Records of a database's datasets. Errors: NotFoundError, InputError. */
export class DatasetRecords {
  readonly #tables: Tables<EvaluationDatasetTables>;

  constructor(tables: Tables<EvaluationDatasetTables>) {
    this.#tables = tables;
  }

  /** Adds records; those whose inputs are there already are merged. All or none. */
  async upsert(
    datasetId: string,
    records: readonly NewRecord[],
  ): Promise<{ readonly inserted: number; readonly updated: number }> {
    return this.#tables.write(async ({ db, dialect }) => {
      const dataset = await lockDataset(db, dialect, datasetId);
      const now = Date.now();
      let inserted = 0;
      for (const record of records) if (await upsertRecord(db, dataset.id, { record, now })) inserted += 1;
      const user = records.map(userOf).findLast((name) => name !== undefined) ?? null;
      await db
        .updateTable('evaluation_datasets')
        .set({
          updated_at: now,
          updated_by: user,
          digest: digestOf(dataset.name, now),
          schema: extendedSchema(dataset.schema, records) ?? null,
          profile: await profileOf(db, dataset.id),
        })
        .where('id', '=', dataset.id)
        .execute();
      return { inserted, updated: records.length - inserted };
    });
  }

  /** A page of records in the order in which they came; 1,000 by default. */
  async page(
    datasetId: string,
    {
      maxResults = 1000,
      pageToken,
    }: { readonly maxResults?: number; readonly pageToken?: string | undefined } = {},
  ): Promise<Page<DatasetRecord>> {
    const { db } = this.#tables;
    const dataset = await findDataset(db, datasetId);
    const keys: readonly SortKey[] = [{ expression: sql.ref('id'), holds: 'number', descending: false }];
    const mark = { kind: 'dataset records', of: datasetId };
    let query = db
      .selectFrom('evaluation_dataset_records')
      .selectAll()
      .where('dataset', '=', dataset?.id ?? -1)
      .limit(maxResults + 1);
    if (pageToken) query = query.where(after(keys, decodePageToken(pageToken, mark, keys)));
    const rows = await applyOrder(query, keys).execute();
    const page = rows.slice(0, maxResults);
    const last = rows.length > maxResults ? page.at(-1) : undefined;
    return {
      items: page.map((row) => toRecord(datasetId, row)),
      nextPageToken: last && encodePageToken([last.id], mark),
    };
  }

  /** Deletes those of the records that are there; resolves to how many. */
  async delete(datasetId: string, recordIds: readonly string[]): Promise<number> {
    return this.#tables.write(async ({ db, dialect }) => {
      const dataset = await lockDataset(db, dialect, datasetId);
      let count = 0;
      for (let start = 0; start < recordIds.length; start += 1000) {
        const { numDeletedRows } = await db
          .deleteFrom('evaluation_dataset_records')
          .where('dataset', '=', dataset.id)
          .where('record_id', 'in', recordIds.slice(start, start + 1000))
          .executeTakeFirst();
        count += Number(numDeletedRows);
      }
      const profile = await profileOf(db, dataset.id);
      await db.updateTable('evaluation_datasets').set({ profile }).where('id', '=', dataset.id).execute();
      return count;
    });
  }
}

/** Whether the record is new. */
async function upsertRecord(
  db: Kysely<EvaluationDatasetTables>,
  dataset: number,
  { record, now }: { readonly record: NewRecord; readonly now: number },
): Promise<boolean> {
  const hash = inputHash(record);
  const present = await db
    .selectFrom('evaluation_dataset_records')
    .selectAll()
    .where('dataset', '=', dataset)
    .where('input_hash', '=', hash)
    .executeTakeFirst();
  if (present === undefined) {
    const row = newRecordRow(record, { dataset, hash, now });
    await db.insertInto('evaluation_dataset_records').values(row).execute();
    return true;
  }
  const { id, ...row } = present;
  const merged = mergedRow(row, record, now);
  await db.updateTable('evaluation_dataset_records').set(merged).where('id', '=', id).execute();
  return false;
}

async function profileOf(db: Kysely<EvaluationDatasetTables>, dataset: number): Promise<string | null> {
  const { count } = await db
    .selectFrom('evaluation_dataset_records')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('dataset', '=', dataset)
    .executeTakeFirstOrThrow();
  return Number(count) === 0 ? null : `{"num_records": ${count}}`;
}
