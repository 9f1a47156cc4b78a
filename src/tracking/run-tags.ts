// How tags of runs are written.
import type { InsertMany, Transaction } from '../store/index.ts';
import type { Tag } from './entities.ts';
import type { TrackingTables } from './tables.ts';

const insertTags: InsertMany = {
  into: 'run_tags',
  columns: { run: 'bigint', name: 'bigint', value: 'text' },
  onConflict: 'on conflict (run, name) do update set value = excluded.value',
};

/** Sets tags of a run; of several with one key the last counts. `numbers`: the numbers of the keys' names. */
export async function upsertTags(
  { insertMany }: Transaction<TrackingTables>,
  {
    run,
    tags,
    numbers,
  }: { readonly run: number; readonly tags: readonly Tag[]; readonly numbers: ReadonlyMap<string, number> },
): Promise<void> {
  const latest = new Map(tags.map(({ key, value }) => [numberOf(numbers, key), value]));
  // In one order, so that two writers never wait for each other in a circle.
  const rows = [...latest].sort(([a], [b]) => a - b).map(([name, value]) => [run, name, value]);
  if (rows.length > 0) await insertMany(insertTags, rows);
}

/** The number of a name that `Names.numbersOf` was asked for. */
export function numberOf(numbers: ReadonlyMap<string, number>, name: string): number {
  const number = numbers.get(name);
  if (number === undefined) throw new RangeError(`No number was asked for the name '${name}'`);
  return number;
}
