// The names of metrics, parameters and tags, each kept once and known by its number.
import { sql } from 'kysely';
import type { Tables } from '../store/index.ts';
import type { TrackingTables } from './tables.ts';

/** Names remembered; beyond that all are forgotten and read again as they are met. */
const rememberedLimit = 100_000;

/** Numbers of names. A name is never deleted and its number never changes, so that both may be remembered. */
export class Names {
  readonly #tables: Tables<TrackingTables>;
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(tables: Tables<TrackingTables>) {
    this.#tables = tables;
  }

  /** The number of each name; names that are new get one. Not to be called within a transaction. */
  async numbersOf(names: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    this.#forget();
    const numbers = new Map<string, number>();
    const unknown = new Set<string>();
    for (const name of names) {
      const number = this.#numbers.get(name);
      if (number === undefined) unknown.add(name);
      else numbers.set(name, number);
    }
    if (unknown.size > 0) {
      // Remembered only when they are on disk: a number that was rolled back could come to mean another name.
      const rows = [...unknown].sort().map((name) => [name]);
      await this.#tables.write(({ insertMany }) => insertMany(insertNames, rows));
      for (const { id, name } of await this.#load('name', [...unknown])) numbers.set(name, id);
    }
    return numbers;
  }

  /** The number of a name; undefined where nothing of that name was ever logged. */
  async find(name: string): Promise<number | undefined> {
    this.#forget();
    return this.#numbers.get(name) ?? (await this.#load('name', [name]))[0]?.id;
  }

  /** The names of numbers that stand in the database. */
  async namesOf(numbers: Iterable<number>): Promise<ReadonlyMap<number, string>> {
    this.#forget();
    const names = new Map<number, string>();
    const unknown = new Set<number>();
    for (const number of numbers) {
      const name = this.#names.get(number);
      if (name === undefined) unknown.add(number);
      else names.set(number, name);
    }
    for (const { id, name } of await this.#load('id', [...unknown])) names.set(id, name);
    return names;
  }

  async #load(column: 'id' | 'name', values: readonly (string | number)[]): Promise<readonly NameRow[]> {
    const found: NameRow[] = [];
    for (let start = 0; start < values.length; start += 500) {
      const part = values.slice(start, start + 500);
      const rows = this.#tables.db
        .selectFrom('names')
        .select(['id', 'name'])
        .where(sql.ref(column), 'in', part);
      found.push(...(await rows.execute()));
    }
    for (const { id, name } of found) {
      this.#numbers.set(name, id);
      this.#names.set(id, name);
    }
    return found;
  }

  #forget(): void {
    if (this.#numbers.size < rememberedLimit) return;
    this.#numbers.clear();
    this.#names.clear();
  }
}

type NameRow = { readonly id: number; readonly name: string };

const insertNames = {
  into: 'names',
  columns: { name: 'text' },
  onConflict: 'on conflict do nothing',
} as const;
