// Registered models: made, renamed, described, deleted and brought back.
import { ConflictError, NotFoundError } from '../core/index.ts';
import { recordChange } from './audit/record.ts';
import {
  findModel,
  isUniqueViolation,
  lockModel,
  type ModelRow,
  type RegistryContext,
  type RegistryTransaction,
} from './context.ts';
import type { Change, Page, RegisteredModel, Tag } from './entities.ts';
import { stateOf } from './lifecycle/machine.ts';
import { modelMachine } from './lifecycle/model.ts';
import { checkLength, checkModelName, checkTag, distinctTags, limits } from './names.ts';
import { type ModelSearch, searchModelRows } from './search.ts';
import { isPrompt, tagKeys } from './tag-keys.ts';
import { latestRows, loadVersions } from './versions/rows.ts';

/** What a new model begins with. */
export type NewModel = { readonly tags?: readonly Tag[]; readonly description?: string | undefined };

/** The models of a registry. */
export class Models {
  readonly #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
  }

  /** @throws ConflictError where a model of that name stands; the names of deleted ones are free */
  async create(
    name: string,
    { tags = [], description }: NewModel = {},
    change: Change = {},
  ): Promise<RegisteredModel> {
    checkModelName(name);
    checkDescription(description);
    for (const tag of tags) checkTag(tag);
    const now = this.#context.now();
    await this.#context.tables.write(async (transaction) => {
      const id = await insertModel(transaction, { name, description, now });
      if (id === undefined) throw await takenError(transaction, name, tags);
      const rows = distinctTags(tags).map(({ key, value }) => [id, key, value]);
      await transaction.insertMany(insertTags, rows);
      await recordChange(
        transaction,
        { action: 'model.created', model: { id, name }, after: name },
        { ...change, now },
      );
    });
    return await this.get(name);
  }

  /** Creates the model where none of that name stands. */
  async ensure(name: string, change: Change = {}): Promise<void> {
    try {
      await this.create(name, {}, change);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  /** @throws NotFoundError */
  async get(name: string): Promise<RegisteredModel> {
    checkModelName(name);
    const [model] = await this.#load([await findModel(this.#context.tables, name)]);
    if (model === undefined) throw new TypeError('One row gives one model');
    return model;
  }

  /** Gives the model another name; its versions go along, and earlier names stay in the audit. @throws ConflictError */
  async rename(name: string, newName: string, change: Change = {}): Promise<RegisteredModel> {
    checkModelName(newName, 'new_name');
    checkModelName(name);
    const now = this.#context.now();
    const taken = new ConflictError(`Registered Model (name=${newName}) already exists.`);
    const work = async (transaction: RegistryTransaction) => {
      const { db } = transaction;
      const { id } = await lockModel(transaction, name);
      if (newName !== name && (await isTaken(transaction, newName))) throw taken;
      const renamed = { name: newName, updated_at: now };
      await db.updateTable('registered_models').set(renamed).where('id', '=', id).execute();
      await db.updateTable('model_versions').set(renamed).where('model', '=', id).execute();
      if (newName === name) return;
      const event = {
        action: 'model.renamed',
        model: { id, name: newName },
        before: name,
        after: newName,
      } as const;
      await recordChange(transaction, event, { ...change, now });
    };
    await this.#context.tables.write(work).catch((error: unknown) => {
      throw isUniqueViolation(error) ? taken : error;
    });
    return await this.get(newName);
  }

  /** Sets the description; undefined takes it away. */
  async describe(name: string, description: string | undefined): Promise<RegisteredModel> {
    checkModelName(name);
    checkDescription(description);
    await this.#context.tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, name);
      const values = { description: description ?? null, updated_at: this.#context.now() };
      await transaction.db.updateTable('registered_models').set(values).where('id', '=', id).execute();
    });
    return await this.get(name);
  }

  /** Deletes the model with its versions and aliases. Its name is free at once; until it is purged, it can be restored. */
  async delete(name: string, change: Change = {}): Promise<void> {
    checkModelName(name);
    const now = this.#context.now();
    await this.#context.tables.write(async (transaction) => {
      const { id } = await lockModel(transaction, name);
      const values = { deleted_at: now, updated_at: now };
      await transaction.db.updateTable('registered_models').set(values).where('id', '=', id).execute();
      await recordChange(
        transaction,
        { action: 'model.deleted', model: { id, name }, before: name },
        { ...change, now },
      );
    });
  }

  /** Brings back the model of that name that was deleted last. @throws NotFoundError; ConflictError where the name is in use again */
  async restore(name: string, change: Change = {}): Promise<RegisteredModel> {
    const now = this.#context.now();
    const taken = new ConflictError(
      `Cannot restore '${name}': a model of that name exists; rename that one first`,
    );
    const work = async (transaction: RegistryTransaction) => {
      const { db } = transaction;
      if (await isTaken(transaction, name)) throw taken;
      const query = db.selectFrom('registered_models').select('id').where('name', '=', name);
      const row = await query.where('deleted_at', 'is not', null).orderBy('id', 'desc').executeTakeFirst();
      if (row === undefined)
        throw new NotFoundError(
          `Cannot restore '${name}': no deleted model has that name; list them with a dry run of purge`,
        );
      const values = { deleted_at: null, updated_at: now };
      await db.updateTable('registered_models').set(values).where('id', '=', row.id).execute();
      const event = { action: 'model.restored', model: { id: row.id, name }, after: name } as const;
      await recordChange(transaction, event, { ...change, now });
    };
    await this.#context.tables.write(work).catch((error: unknown) => {
      throw isUniqueViolation(error) ? taken : error;
    });
    return await this.get(name);
  }

  /** The models that a filter selects; prompts only where it asks for them. @throws InputError for a filter that says nothing */
  async search(search: ModelSearch = {}): Promise<Page<RegisteredModel>> {
    const { items, nextPageToken } = await searchModelRows(this.#context, search);
    return { items: await this.#load(items), nextPageToken };
  }

  async #load(rows: readonly ModelRow[]): Promise<readonly RegisteredModel[]> {
    if (rows.length === 0) return [];
    const reader = this.#context.tables;
    const ids = rows.map(({ id }) => id);
    const [tags, aliases, latest] = await Promise.all([
      reader.db
        .selectFrom('registered_model_tags')
        .selectAll()
        .where('model', 'in', ids)
        .orderBy('id')
        .execute(),
      reader.db.selectFrom('model_aliases').selectAll().where('model', 'in', ids).orderBy('id').execute(),
      latestRows(reader, ids),
    ]);
    const versions = await loadVersions(reader, latest);
    const byModel = Map.groupBy(versions, ({ name }) => name);
    const tagsOfModel = Map.groupBy(tags, ({ model }) => model);
    const aliasesOfModel = Map.groupBy(aliases, ({ model }) => model);
    return rows.map((row) => ({
      name: row.name,
      description: row.description ?? undefined,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      tags: (tagsOfModel.get(row.id) ?? []).map(({ key, value }) => ({ key, value })),
      aliases: (aliasesOfModel.get(row.id) ?? []).map(({ alias, version }) => ({ alias, version })),
      latestVersions: byModel.get(row.name) ?? [],
      stage: stateOf(modelMachine, row.stage),
      currentVersion: row.current_version ?? undefined,
    }));
  }
}

/** MLflow's texts: models and prompts share their names. */
async function takenError(
  { db }: RegistryTransaction,
  name: string,
  tags: readonly Tag[],
): Promise<ConflictError> {
  const present = await db
    .selectFrom('registered_models')
    .innerJoin('registered_model_tags', 'model', 'registered_models.id')
    .select('key')
    .where('name', '=', name)
    .where('deleted_at', 'is', null)
    .where('key', '=', tagKeys.prompt)
    .executeTakeFirst();
  const wantedKind = isPrompt(tags) ? 'Prompt' : 'Registered Model';
  const presentKind = present === undefined ? 'Registered Model' : 'Prompt';
  if (wantedKind === presentKind) return new ConflictError(`${wantedKind} (name=${name}) already exists.`);
  return new ConflictError(
    `Tried to create a ${wantedKind.toLowerCase()} with name '${name}', but the name is already taken by a ${presentKind.toLowerCase()}. MLflow does not allow creating a model and a prompt with the same name.`,
  );
}

const insertTags = {
  into: 'registered_model_tags',
  columns: { model: 'bigint', key: 'text', value: 'text' },
} as const;

/** The number of the new row; undefined where the name is taken. */
async function insertModel(
  { db }: RegistryTransaction,
  model: { readonly name: string; readonly description: string | undefined; readonly now: number },
): Promise<number | undefined> {
  const row = await db
    .insertInto('registered_models')
    .values({
      name: model.name,
      description: model.description ?? null,
      created_at: model.now,
      updated_at: model.now,
      last_version: 0,
      stage: modelMachine.initial,
      current_version: null,
      deleted_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

async function isTaken({ db }: RegistryTransaction, name: string): Promise<boolean> {
  const query = db.selectFrom('registered_models').select('id').where('name', '=', name);
  return (await query.where('deleted_at', 'is', null).executeTakeFirst()) !== undefined;
}

function checkDescription(description: string | undefined): void {
  if (description !== undefined) checkLength('description', description, limits.description);
}
