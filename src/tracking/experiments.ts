// Experiments: made, found, renamed, deleted and restored; their tags.
import type { Selectable } from 'kysely';
import { ConflictError, InputError, NotFoundError, StateError } from '../core/index.ts';
import type { Tables, Transaction } from '../store/index.ts';
import type { Experiment, Lifecycle, Tag } from './entities.ts';
import { checkedNewTag, checkKey, checkLength, limits } from './limits.ts';
import type { TrackingTables } from './tables.ts';

/** A row of the table of experiments. */
export type ExperimentRow = Selectable<TrackingTables['experiments']>;

export type NewExperiment = {
  readonly name: string;
  /** Where its artifacts lie; by default under the root that {@link ExperimentOptions} names. */
  readonly artifactLocation?: string;
  readonly tags?: readonly Tag[];
};

export type ExperimentOptions = {
  /** The artifact location of a new experiment that names none. */
  readonly artifactLocationOf: (experimentId: string) => string;
};

/** Experiments of a database. Errors: NotFoundError, ConflictError (a name that is taken), StateError (deleted), InputError. */
export class Experiments {
  readonly #tables: Tables<TrackingTables>;
  readonly #options: ExperimentOptions;

  constructor(tables: Tables<TrackingTables>, options: ExperimentOptions) {
    this.#tables = tables;
    this.#options = options;
  }

  /** Makes experiment 0, 'Default', unless it is there. */
  async ensureDefault(): Promise<void> {
    const now = Date.now();
    const columns = {
      id: 'bigint',
      name: 'text',
      artifact_location: 'text',
      lifecycle: 'text',
      created_at: 'bigint',
      updated_at: 'bigint',
    } as const;
    const row = [0, 'Default', this.#options.artifactLocationOf('0'), 'active', now, now];
    await this.#tables.write(({ insertMany }) =>
      insertMany({ into: 'experiments', columns, onConflict: 'on conflict do nothing' }, [row]),
    );
  }

  /** Resolves to the id of the new experiment. */
  async create({ name, artifactLocation, tags = [] }: NewExperiment): Promise<string> {
    checkExperimentName(name);
    checkLocation(artifactLocation);
    const checked = tags.map(checkedNewExperimentTag);
    return this.#tables.write(async (transaction) => {
      await refuseTakenName(transaction, name);
      const now = Date.now();
      const values = {
        name,
        artifact_location: artifactLocation ?? '',
        lifecycle: 'active',
        created_at: now,
        updated_at: now,
      } as const;
      const { id } = await transaction.db
        .insertInto('experiments')
        .values(values)
        .returning('id')
        .executeTakeFirstOrThrow();
      if (artifactLocation === undefined)
        await transaction.db
          .updateTable('experiments')
          .set({ artifact_location: this.#options.artifactLocationOf(String(id)) })
          .where('id', '=', id)
          .execute();
      await setTags(transaction, id, checked);
      return String(id);
    });
  }

  async get(id: string): Promise<Experiment> {
    const row = await this.find(id);
    return this.#withTags(row);
  }

  /** The experiment of that name, deleted or not; undefined where there is none. */
  async getByName(name: string): Promise<Experiment | undefined> {
    const row = await this.#tables.db
      .selectFrom('experiments')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#withTags(row);
  }

  /** The row of an experiment, deleted or not. */
  async find(id: string): Promise<ExperimentRow> {
    const row = await this.#tables.db
      .selectFrom('experiments')
      .selectAll()
      .where('id', '=', parseExperimentId(id))
      .executeTakeFirst();
    if (row === undefined) throw noExperiment(id);
    return row;
  }

  async rename(id: string, name: string): Promise<void> {
    checkExperimentName(name);
    await this.#tables.write(async (transaction) => {
      const row = await this.#lock(transaction, id);
      if (row.lifecycle !== 'active') throw new StateError('Cannot rename a non-active experiment.');
      if (row.name === name) return;
      await refuseTakenName(transaction, name);
      await transaction.db
        .updateTable('experiments')
        .set({ name, updated_at: Date.now() })
        .where('id', '=', row.id)
        .execute();
    });
  }

  /** Deletes the experiment and all of its runs; they can be restored. */
  async delete(id: string): Promise<void> {
    await this.#setLifecycle(id, 'deleted');
  }

  /** Restores the experiment and all of its runs, also those deleted before it, as MLflow does. */
  async restore(id: string): Promise<void> {
    await this.#setLifecycle(id, 'active');
  }

  async setTag(id: string, tag: Tag): Promise<void> {
    const checked = checkedExperimentTag(tag);
    await this.#tables.write(async (transaction) => {
      const row = await this.#lock(transaction, id);
      refuseDeleted(row);
      await setTags(transaction, row.id, [checked]);
    });
  }

  async deleteTag(id: string, key: string): Promise<void> {
    await this.#tables.write(async (transaction) => {
      const row = await this.#lock(transaction, id);
      refuseDeleted(row);
      const { numDeletedRows } = await transaction.db
        .deleteFrom('experiment_tags')
        .where('experiment', '=', row.id)
        .where('key', '=', key)
        .executeTakeFirst();
      if (numDeletedRows === 0n)
        throw new NotFoundError(`No tag with name: ${key} in experiment with id ${id}`);
    });
  }

  async #setLifecycle(id: string, lifecycle: Lifecycle): Promise<void> {
    await this.#tables.write(async (transaction) => {
      const row = await this.#lock(transaction, id);
      if (row.lifecycle === lifecycle) throw noExperiment(id);
      const now = Date.now();
      await transaction.db
        .updateTable('experiments')
        .set({ lifecycle, updated_at: now })
        .where('id', '=', row.id)
        .execute();
      await transaction.db
        .updateTable('runs')
        .set({ lifecycle, deleted_at: lifecycle === 'deleted' ? now : null })
        .where('experiment', '=', row.id)
        .execute();
    });
  }

  /** The row within a transaction; no other transaction changes it before this one ends. */
  async #lock({ db, dialect }: Transaction<TrackingTables>, id: string): Promise<ExperimentRow> {
    const query = db.selectFrom('experiments').selectAll().where('id', '=', parseExperimentId(id));
    const row = await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    if (row === undefined) throw noExperiment(id);
    return row;
  }

  async #withTags(row: ExperimentRow): Promise<Experiment> {
    const tags = await this.#tables.db
      .selectFrom('experiment_tags')
      .select(['key', 'value'])
      .where('experiment', '=', row.id)
      .orderBy('key')
      .execute();
    return toExperiment(row, tags);
  }
}

export function toExperiment(row: ExperimentRow, tags: readonly Tag[]): Experiment {
  return {
    id: String(row.id),
    name: row.name,
    artifactLocation: row.artifact_location,
    lifecycle: row.lifecycle,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    tags,
  };
}

/** @throws StateError for a deleted experiment */
export function refuseDeleted({ id, lifecycle }: Pick<ExperimentRow, 'id' | 'lifecycle'>): void {
  if (lifecycle !== 'active')
    throw new StateError(
      `The experiment ${id} must be in the 'active' state. Current state is ${lifecycle}.`,
    );
}

/** The number behind an id. @throws InputError for what is no number */
export function parseExperimentId(id: string): number {
  if (!/^-?\d+$/.test(id))
    throw new InputError(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
  // Beyond what numbers tell apart no experiment lies.
  return Math.min(Number(id), Number.MAX_SAFE_INTEGER);
}

function noExperiment(id: string): NotFoundError {
  return new NotFoundError(`No Experiment with id=${id} exists`);
}

async function refuseTakenName({ db }: Transaction<TrackingTables>, name: string): Promise<void> {
  const taken = await db
    .selectFrom('experiments')
    .select('lifecycle')
    .where('name', '=', name)
    .executeTakeFirst();
  if (taken === undefined) return;
  const remedy =
    taken.lifecycle === 'deleted'
      ? ' It is deleted: restore it, or delete it for good to use the name again.'
      : '';
  throw new ConflictError(`Experiment(name=${name}) already exists.${remedy}`);
}

async function setTags(
  { insertMany }: Transaction<TrackingTables>,
  experiment: number,
  tags: readonly Tag[],
): Promise<void> {
  const latest = new Map(tags.map(({ key, value }) => [key, value]));
  await insertMany(
    {
      into: 'experiment_tags',
      columns: { experiment: 'bigint', key: 'text', value: 'text' },
      onConflict: 'on conflict (experiment, key) do update set value = excluded.value',
    },
    [...latest].map(([key, value]) => [experiment, key, value]),
  );
}

function checkExperimentName(name: string): void {
  if (name === '') throw new InputError(`Invalid experiment name: '${name}'`);
  checkLength('name', name, limits.experimentName);
}

function checkedExperimentTag(tag: Tag): Tag {
  checkKey(tag.key, 'key');
  return checkedNewExperimentTag(tag);
}

function checkedNewExperimentTag(tag: Tag): Tag {
  checkLength('value', tag.value, limits.experimentTagValue);
  return checkedNewTag(tag);
}

function checkLocation(location: string | undefined): void {
  if (location === undefined) return;
  if (location.startsWith('runs:'))
    throw new InputError(`Artifact location cannot be a runs:/ URI. Given: '${location}'`);
  const [path = '', query = ''] = location.split('?', 2);
  if (/[#;]/.test(path) || query.includes('#'))
    throw new InputError("'artifact_location' URL can't include fragments or params.");
  if (query.includes('..')) throw new InputError(`Invalid query string: ${query}`);
  if (location.length > limits.artifactLocation)
    throw new InputError(
      `Invalid artifact path length. The length of the artifact path cannot be greater than ${limits.artifactLocation} characters.`,
    );
}
