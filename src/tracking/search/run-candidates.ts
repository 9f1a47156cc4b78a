// Looks for a comparison of a search that few runs can satisfy: then those runs alone need a look.
import { type Kysely, sql } from 'kysely';
import type { Comparison, DialectName, Filter } from '../../store/index.ts';
import type { TrackingTables } from '../tables.ts';
import { isKeyed, type KnownNames, valueCondition, valueTables } from './run-conditions.ts';

/** So many runs are few enough to be looked at one by one. */
const few = 2000;

/**
 * Row numbers of runs, at most 2,000, among which are all that the filter holds for; undefined where no comparison is that selective.
 * Costs at most a few thousand index entries for each comparison.
 */
export async function findCandidates(
  db: Kysely<TrackingTables>,
  filter: Filter | undefined,
  { names, dialect }: { readonly names: KnownNames; readonly dialect: DialectName },
): Promise<readonly number[] | undefined> {
  let fewest: readonly number[] | undefined;
  for (const comparison of necessary(filter)) {
    const { type, key } = comparison;
    const name = names.get(key);
    if (!isKeyed(type) || name === undefined) continue;
    const limit = (fewest?.length ?? few) + 1;
    const { rows } = await sql<{ run: number }>`
      select v.run as run from ${sql.table(valueTables[type])} as v
      where v.name = ${name} and ${valueCondition(type, comparison, dialect)} limit ${limit}`.execute(db);
    if (rows.length < limit) fewest = rows.map(({ run }) => run);
  }
  return fewest;
}

/** Comparisons without which the filter cannot hold, and that need the key they name. */
function necessary(filter: Filter | undefined): readonly Comparison[] {
  if (filter === undefined || filter.kind === 'not') return [];
  if (filter.kind !== 'comparison') return filter.kind === 'and' ? filter.parts.flatMap(necessary) : [];
  return ['IS NULL', 'IS NOT NULL', '!=', 'NOT IN'].includes(filter.operator) ? [] : [filter];
}
