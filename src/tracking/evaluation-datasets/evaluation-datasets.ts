// Evaluation datasets: made, found, tagged, filled with records, bound to experiments, deleted.
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { InputError, NotFoundError } from '../../core/index.ts';
import type { Tables, Transaction } from '../../store/index.ts';
import type { Page } from '../entities.ts';
import type { TextMap } from '../traces/index.ts';
import { DatasetRecords } from './dataset-records.ts';
import {
  digestOf,
  findDataset,
  lockDataset,
  toDatasets,
  writeExperiments,
  writeTags,
} from './dataset-rows.ts';
import type { EvaluationDataset } from './entities.ts';
import { type EvaluationDatasetQuery, searchDatasets } from './search-datasets.ts';
import type { EvaluationDatasetTables } from './tables.ts';

/** A dataset to make. */
export type NewEvaluationDataset = {
  readonly name: string;
  readonly tags?: TextMap;
  readonly experimentIds?: readonly string[];
};

/** Evaluation datasets of a database. Errors: NotFoundError, InputError. */
export class EvaluationDatasets {
  readonly records: DatasetRecords;
  readonly #tables: Tables<EvaluationDatasetTables>;

  constructor(tables: Tables<EvaluationDatasetTables>) {
    this.records = new DatasetRecords(tables);
    this.#tables = tables;
  }

  async create({ name, tags = {}, experimentIds = [] }: NewEvaluationDataset): Promise<EvaluationDataset> {
    if (name === '' || name.length > 255)
      throw new InputError(`Cannot make a dataset with a name of ${name.length} characters; give 1 to 255`);
    const now = Date.now();
    const user = tags['mlflow.user'] ?? null;
    const values = {
      dataset_id: `d-${randomUUID().replaceAll('-', '')}`,
      name,
      schema: null,
      profile: null,
      digest: digestOf(name, now),
      created_at: now,
      updated_at: now,
      created_by: user,
      updated_by: user,
    };
    return this.#tables.write(async (transaction) => {
      const row = await transaction.db
        .insertInto('evaluation_datasets')
        .values(values)
        .returningAll()
        .executeTakeFirstOrThrow();
      await writeTags(transaction, row.id, tags);
      await writeExperiments(transaction, row.id, experimentIds);
      return one(await toDatasets(transaction.db, [row]));
    });
  }

  async get(datasetId: string): Promise<EvaluationDataset> {
    const { db } = this.#tables;
    const row = await findDataset(db, datasetId);
    if (row === undefined) throw new NotFoundError(`Evaluation dataset with id '${datasetId}' not found`);
    return one(await toDatasets(db, [row]));
  }

  /** Deletes a dataset, if it is there, with its records. */
  async delete(datasetId: string): Promise<void> {
    await this.#tables.write(({ db }) =>
      db.deleteFrom('evaluation_datasets').where('dataset_id', '=', datasetId).execute(),
    );
  }

  async search(query: EvaluationDatasetQuery): Promise<Page<EvaluationDataset>> {
    return searchDatasets(this.#tables, query);
  }

  async setTags(datasetId: string, tags: TextMap): Promise<void> {
    await this.#tables.write(async (transaction) => {
      const row = await findDataset(transaction.db, datasetId);
      if (row === undefined)
        throw new NotFoundError(`Could not find evaluation dataset with ID ${datasetId}`);
      await writeTags(transaction, row.id, tags);
    });
  }

  /** Deletes a tag, if it is there. */
  async deleteTag(datasetId: string, key: string): Promise<void> {
    await this.#tables.write(async ({ db }) => {
      const row = await findDataset(db, datasetId);
      await db
        .deleteFrom('evaluation_dataset_tags')
        .where('dataset', '=', row?.id ?? -1)
        .where('key', '=', key)
        .execute();
    });
  }

  async experimentIds(datasetId: string): Promise<readonly string[]> {
    const { db } = this.#tables;
    const dataset = await findDataset(db, datasetId);
    const rows = await db
      .selectFrom('evaluation_dataset_experiments')
      .select('experiment')
      .where('dataset', '=', dataset?.id ?? -1)
      .execute();
    return rows.map(({ experiment }) => experiment).sort((left, right) => Number(left) - Number(right));
  }

  /** Binds a dataset to further experiments, which must be there. */
  async addToExperiments(datasetId: string, experimentIds: readonly string[]): Promise<EvaluationDataset> {
    return this.#change(datasetId, async (transaction, dataset) => {
      for (const id of experimentIds) await requireExperiment(transaction.db, id);
      await writeExperiments(transaction, dataset, experimentIds);
    });
  }

  /** Unbinds a dataset from those of the experiments that it is bound to. */
  async removeFromExperiments(
    datasetId: string,
    experimentIds: readonly string[],
  ): Promise<EvaluationDataset> {
    return this.#change(datasetId, async ({ db }, dataset) => {
      for (const experiment of experimentIds)
        await db
          .deleteFrom('evaluation_dataset_experiments')
          .where('dataset', '=', dataset)
          .where('experiment', '=', experiment)
          .execute();
    });
  }

  async #change(
    datasetId: string,
    work: (transaction: Transaction<EvaluationDatasetTables>, dataset: number) => Promise<void>,
  ): Promise<EvaluationDataset> {
    return this.#tables.write(async (transaction) => {
      const { db, dialect } = transaction;
      const row = await lockDataset(db, dialect, datasetId);
      await work(transaction, row.id);
      const updated_at = Date.now();
      await db.updateTable('evaluation_datasets').set({ updated_at }).where('id', '=', row.id).execute();
      return one(await toDatasets(db, [{ ...row, updated_at }]));
    });
  }
}

async function requireExperiment(db: Kysely<EvaluationDatasetTables>, id: string): Promise<void> {
  const number = /^\d{1,15}$/.test(id) ? Number(id) : -1;
  const row = await db.selectFrom('experiments').select('id').where('id', '=', number).executeTakeFirst();
  if (row === undefined) throw new NotFoundError(`No Experiment with id=${id}`);
}

function one(datasets: readonly EvaluationDataset[]): EvaluationDataset {
  const [dataset] = datasets;
  if (dataset === undefined) throw new NotFoundError('Dataset not found');
  return dataset;
}
