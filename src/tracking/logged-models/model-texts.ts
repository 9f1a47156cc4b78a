// How parameters and tags of logged models are written.
import { InputError } from '../../core/index.ts';
import type { InsertMany, Transaction } from '../../store/index.ts';
import type { Param, Tag } from '../entities.ts';
import { checkLength } from '../limits.ts';
import { numberOf } from '../run-tags.ts';
import type { TrackingTables } from '../tables.ts';

/** In code points. Values have no limit. */
const keyLimit = 255;

export type Texts<T> = {
  /** The model's row number. */
  readonly model: number;
  readonly entries: readonly T[];
  /** The numbers of the keys' names. */
  readonly numbers: ReadonlyMap<string, number>;
};

/** @throws InputError for a key that is too long */
export function checkKeys(entries: readonly { readonly key: string }[]): void {
  for (const { key } of entries) checkLength('key', key, keyLimit);
}

const columns = { model: 'bigint', name: 'bigint', value: 'text' } as const;

const upsertTags: InsertMany = {
  into: 'logged_model_tags',
  columns,
  onConflict: 'on conflict (model, name) do update set value = excluded.value',
};

const insertParams: InsertMany = {
  into: 'logged_model_params',
  columns,
  onConflict: 'on conflict do nothing',
};

/** Sets tags; of several with one key the last counts. */
export async function setModelTags(
  { insertMany }: Transaction<TrackingTables>,
  { model, entries, numbers }: Texts<Tag>,
): Promise<void> {
  const latest = new Map(entries.map(({ key, value }) => [numberOf(numbers, key), value]));
  // In one order, so that two writers never wait for each other in a circle.
  const rows = [...latest].sort(([a], [b]) => a - b).map(([name, value]) => [model, name, value]);
  await insertMany(upsertTags, rows);
}

/** Adds parameters. @throws InputError for one that has another value */
export async function addModelParams(
  { db, insertMany }: Transaction<TrackingTables>,
  { model, entries, numbers }: Texts<Param>,
): Promise<void> {
  const rows = entries
    .map(({ key, value }) => ({ name: numberOf(numbers, key), value }))
    .sort((a, b) => a.name - b.name);
  const added = await insertMany(
    insertParams,
    rows.map(({ name, value }) => [model, name, value]),
  );
  if (added === rows.length) return;
  const kept = await db
    .selectFrom('logged_model_params')
    .select(['name', 'value'])
    .where('model', '=', model)
    .execute();
  const values = new Map(kept.map(({ name, value }) => [name, value]));
  for (const { key, value } of entries) {
    const known = values.get(numberOf(numbers, key));
    if (known !== value)
      throw new InputError(
        `Changing param values is not allowed. Param with key='${key}' was already logged with value='${known}' for the logged model. Attempted logging new value '${value}'.`,
      );
  }
}
