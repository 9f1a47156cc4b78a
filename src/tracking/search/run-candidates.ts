// Looks for what makes a search of runs narrow: then few runs need a look.
import { type Kysely, sql } from 'kysely';
import type { Comparison, DialectName, Filter } from '../../store/index.ts';
import type { TrackingTables } from '../tables.ts';
import { isKeyed, type KnownNames, valueCondition, valueTables } from './run-conditions.ts';

/** So many runs are few enough to be looked at one by one. */
const few = 2000;

type Search = {
  readonly db: Kysely<TrackingTables>;
  readonly names: KnownNames;
  readonly dialect: DialectName;
};

/**
 * Row numbers of runs, some 2,000 at most, among which are all that the filter holds for; undefined where the indexes promise no so
 * small a number. Costs at most a few thousand index entries for each comparison.
 */
export async function findCandidates(
  filter: Filter | undefined,
  search: Search,
): Promise<readonly number[] | undefined> {
  if (filter === undefined || filter.kind === 'not') return undefined;
  if (filter.kind === 'comparison') return matching(filter, search);
  const found: (readonly number[] | undefined)[] = [];
  for (const part of filter.parts) {
    const candidates = await findCandidates(part, search);
    // One part that may hold for many makes the whole of an OR hold for many.
    if (candidates === undefined && filter.kind === 'or') return undefined;
    found.push(candidates);
  }
  const known = found.filter((candidates) => candidates !== undefined);
  if (filter.kind === 'and') return known.sort((a, b) => a.length - b.length)[0];
  const all = [...new Set(known.flat())];
  return all.length > few ? undefined : all;
}

/** Runs that a comparison holds for, if it needs its key and they are few. */
async function matching(
  comparison: Comparison,
  { db, names, dialect }: Search,
): Promise<readonly number[] | undefined> {
  const { type, key, operator } = comparison;
  if (!isKeyed(type) || ['IS NULL', 'IS NOT NULL', '!=', 'NOT IN'].includes(operator)) return undefined;
  const name = names.get(key);
  if (name === undefined) return [];
  const { rows } = await sql<{ run: number }>`
    select v.run as run from ${sql.table(valueTables[type])} as v
    where v.name = ${name} and ${valueCondition(type, comparison, dialect)} limit ${few + 1}`.execute(db);
  return rows.length > few ? undefined : rows.map(({ run }) => run);
}
