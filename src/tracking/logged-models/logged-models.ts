// Logged models: made, read, finished, described and deleted.
import { randomUUID } from 'node:crypto';
import { InputError, NotFoundError } from '../../core/index.ts';
import type { Tables, Transaction } from '../../store/index.ts';
import type { Param, Tag } from '../entities.ts';
import { type Experiments, refuseDeleted } from '../experiments.ts';
import { checkLength } from '../limits.ts';
import type { Names } from '../names.ts';
import { randomRunName } from '../run-names.ts';
import { appendPath } from '../runs.ts';
import type { TrackingTables } from '../tables.ts';
import type { LoggedModel, LoggedModelStatus } from './entities.ts';
import { noLoggedModel } from './model-metrics.ts';
import { addModelParams, checkKeys, setModelTags } from './model-texts.ts';
import { modelVersionsTag, withRegistration } from './model-versions-tag.ts';
import { type LoggedModelRow, readLoggedModels } from './read-logged-models.ts';

export type NewLoggedModel = {
  readonly experimentId: string;
  /** A random one unless given. */
  readonly name?: string | undefined;
  /** What kind of model it is. */
  readonly modelType?: string | undefined;
  readonly sourceRunId?: string | undefined;
  readonly params?: readonly Param[];
  readonly tags?: readonly Tag[];
};

const limits = { name: 500, modelType: 500, sourceRunId: 255 } as const;

/** Logged models of a database. Errors: NotFoundError, StateError (a deleted experiment), InputError. */
export class LoggedModels {
  readonly #tables: Tables<TrackingTables>;
  readonly #experiments: Experiments;
  readonly #names: Names;

  constructor(tables: Tables<TrackingTables>, experiments: Experiments, names: Names) {
    this.#tables = tables;
    this.#experiments = experiments;
    this.#names = names;
  }

  /** Makes a model whose files are still to come. */
  async create({ experimentId, params = [], tags = [], ...given }: NewLoggedModel): Promise<LoggedModel> {
    checkNew(given);
    checkKeys([...params, ...tags]);
    const experiment = await this.#experiments.find(experimentId);
    refuseDeleted(experiment);
    const modelId = `m-${randomUUID().replaceAll('-', '')}`;
    const now = Date.now();
    const values = {
      model_id: modelId,
      experiment: experiment.id,
      name: given.name ?? randomRunName(),
      artifact_uri: appendPath(experiment.artifact_location, `models/${modelId}/artifacts`),
      created_at: now,
      updated_at: now,
      status: 'PENDING',
      model_type: given.modelType ?? '',
      source_run_id: given.sourceRunId ?? '',
      lifecycle: 'active',
    } as const;
    const numbers = await this.#names.numbersOf([...params, ...tags].map(({ key }) => key));
    await this.#tables.write(async (transaction) => {
      const { id } = await transaction.db
        .insertInto('logged_models')
        .values(values)
        .returning('id')
        .executeTakeFirstOrThrow();
      await addModelParams(transaction, { model: id, entries: params, numbers });
      await setModelTags(transaction, { model: id, entries: tags, numbers });
    });
    return this.get(modelId);
  }

  /** A model that is not deleted, or with `deleted` any. */
  async get(modelId: string, { deleted = false }: { readonly deleted?: boolean } = {}): Promise<LoggedModel> {
    const row = await this.#tables.db
      .selectFrom('logged_models')
      .selectAll()
      .where('model_id', '=', modelId)
      .executeTakeFirst();
    if (row === undefined || (row.lifecycle === 'deleted' && !deleted)) throw noLoggedModel(modelId);
    const [model] = await readLoggedModels(this.#tables, this.#names, [row]);
    if (model === undefined) throw noLoggedModel(modelId);
    return model;
  }

  /** Says that the model's files are there, or never will be. */
  async finalize(modelId: string, status: LoggedModelStatus): Promise<LoggedModel> {
    await this.#update(modelId, { status });
    return this.get(modelId, { deleted: true });
  }

  /** Deletes the model; its files stay. Deleting twice is no error. */
  async delete(modelId: string): Promise<void> {
    await this.#update(modelId, { lifecycle: 'deleted' });
  }

  async setTags(modelId: string, tags: readonly Tag[]): Promise<void> {
    checkKeys(tags);
    const numbers = await this.#names.numbersOf(tags.map(({ key }) => key));
    await this.#tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, modelId);
      await setModelTags(transaction, { model: id, entries: tags, numbers });
    });
  }

  async deleteTag(modelId: string, key: string): Promise<void> {
    const name = await this.#names.find(key);
    await this.#tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, modelId);
      const { numDeletedRows } = await transaction.db
        .deleteFrom('logged_model_tags')
        .where('model', '=', id)
        .where('name', '=', name ?? -1)
        .executeTakeFirst();
      if (numDeletedRows === 0n)
        throw new NotFoundError(`No tag with key ${quoted(key)} found for model with ID '${modelId}'.`);
    });
  }

  /** Logs parameters. Their values can never be changed; the same values again are no error. */
  async logParams(modelId: string, params: readonly Param[]): Promise<void> {
    checkKeys(params);
    const numbers = await this.#names.numbersOf(params.map(({ key }) => key));
    await this.#tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, modelId);
      await addModelParams(transaction, { model: id, entries: params, numbers });
    });
  }

  /** Notes in the tag `mlflow.modelVersions` that the model was registered. */
  async noteRegistration(
    modelId: string,
    registration: { readonly name: string; readonly version: number },
  ): Promise<void> {
    const numbers = await this.#names.numbersOf([modelVersionsTag]);
    await this.#tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, modelId);
      const tag = await transaction.db
        .selectFrom('logged_model_tags')
        .select('value')
        .where('model', '=', id)
        .where('name', 'in', [...numbers.values()])
        .executeTakeFirst();
      const value = withRegistration(tag?.value, registration);
      await setModelTags(transaction, { model: id, entries: [{ key: modelVersionsTag, value }], numbers });
    });
  }

  async #update(
    modelId: string,
    change: Partial<Pick<LoggedModelRow, 'status' | 'lifecycle'>>,
  ): Promise<void> {
    await this.#tables.write(async ({ db }) => {
      const { numUpdatedRows } = await db
        .updateTable('logged_models')
        .set({ ...change, updated_at: Date.now() })
        .where('model_id', '=', modelId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw noLoggedModel(modelId);
    });
  }
}

/** The model within a transaction; nobody changes it before the transaction ends. */
async function lockModel(
  { db, dialect }: Transaction<TrackingTables>,
  modelId: string,
): Promise<{ readonly id: number }> {
  const query = db.selectFrom('logged_models').select('id').where('model_id', '=', modelId);
  const row = await (dialect === 'postgres' ? query.forNoKeyUpdate() : query).executeTakeFirst();
  if (row === undefined) throw noLoggedModel(modelId);
  return row;
}

function checkNew({ name, modelType = '', sourceRunId = '' }: Omit<NewLoggedModel, 'experimentId'>): void {
  if (name !== undefined && (name === '' || /[/:.%"']/.test(name)))
    throw new InputError(
      `Invalid model name (${quoted(name)}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
  checkLength('name', name ?? '', limits.name);
  checkLength('model_type', modelType, limits.modelType);
  checkLength('source_run_id', sourceRunId, limits.sourceRunId);
}

/** As Python shows a text. */
function quoted(text: string): string {
  if (text.includes("'") && !text.includes('"')) return `"${text}"`;
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
