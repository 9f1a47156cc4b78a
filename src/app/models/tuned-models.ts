// The tuned models of a service in its database: whose each is, what it was made from, where its files are kept.
import { ConflictError, NotFoundError } from '../../core/index.ts';
import type { Database, Migration, Tables } from '../../store/index.ts';
import type { NewTunedModel, Visibility } from './servable-model.ts';

/** The table of tuned models. */
export const tunedModelsMigration: Migration = {
  name: '0010-tuned-models',
  statements: ({ text, clustered }) => [
    `create table tuned_models (
      id ${text} not null primary key,
      owner ${text} not null,
      base ${text} not null,
      kind ${text} not null,
      job_id ${text} not null,
      folder ${text} not null,
      metadata ${text} not null,
      created_at bigint not null
    ) ${clustered}`,
    'create index tuned_models_by_time on tuned_models (created_at)',
  ],
};

type TunedModelTables = { readonly tuned_models: TunedRow };

/** One row. `created_at` in ms since 1970; `folder` of the store of models. */
export type TunedRow = {
  readonly id: string;
  readonly owner: string;
  readonly base: string;
  readonly kind: 'tuned' | 'checkpoint';
  readonly job_id: string;
  readonly folder: string;
  readonly metadata: string;
  readonly created_at: number;
};

export class TunedModels {
  readonly #tables: Tables<TunedModelTables>;

  constructor(database: Database) {
    this.#tables = database.tables<TunedModelTables>();
  }

  /** @throws NotFoundError for one that is not there or another owner's */
  async get(id: string, { owner }: Visibility): Promise<TunedRow> {
    const row = await this.#tables.db
      .selectFrom('tuned_models')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined || (owner !== undefined && row.owner !== owner)) throw unknownModel(id);
    return row;
  }

  /** The newest first. */
  async list({ owner }: Visibility): Promise<readonly TunedRow[]> {
    let query = this.#tables.db.selectFrom('tuned_models').selectAll();
    if (owner !== undefined) query = query.where('owner', '=', owner);
    return await query.orderBy('created_at', 'desc').orderBy('id').execute();
  }

  /**
   * Keeps a model whose files are in `folder`.
   * @returns the folder that it had before, of the same job's earlier attempt
   * @throws ConflictError where another job has a model of this id
   */
  async put(
    model: NewTunedModel,
    folder: string,
  ): Promise<{ readonly row: TunedRow; readonly before?: string }> {
    const { id, owner, base, kind, jobId, metadata = {} } = model;
    return await this.#tables.write(async ({ db }) => {
      const known = await db.selectFrom('tuned_models').selectAll().where('id', '=', id).executeTakeFirst();
      if (known !== undefined && known.job_id !== jobId)
        throw new ConflictError(`Cannot publish '${id}': another job has made a model of this id`);
      const row: TunedRow = {
        ...{ id, owner, base, kind, folder, job_id: jobId, metadata: JSON.stringify(metadata) },
        created_at: known?.created_at ?? Date.now(),
      };
      if (known === undefined) await db.insertInto('tuned_models').values(row).execute();
      else await db.updateTable('tuned_models').set(row).where('id', '=', id).execute();
      return { row, ...(known && { before: known.folder }) };
    });
  }

  async remove(id: string): Promise<void> {
    await this.#tables.write(async ({ db }) => {
      await db.deleteFrom('tuned_models').where('id', '=', id).execute();
    });
  }
}

export function unknownModel(id: string): NotFoundError {
  return new NotFoundError(`The model '${id}' does not exist or you do not have access to it`);
}
