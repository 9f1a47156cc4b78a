// Says which metrics, parameters and tags of a search no run has, and what the user may have meant.
import { nearest } from '../../../core/index.ts';
import { type Filter, parseFilter, parseOrderBy, RUNS } from '../../../store/index.ts';
import type { Run } from '../../../tracking/index.ts';
import { keysOf } from './columns.ts';
import type { RunSource } from './run-source.ts';

/** Runs that are looked at for their keys. */
export const sampleSize = 500;

type Named = { readonly type: string; readonly key: string };

const kindOf: Readonly<
  Record<string, { readonly plural: 'metrics' | 'params' | 'tags'; readonly word: string }>
> = {
  metric: { plural: 'metrics', word: 'metric' },
  parameter: { plural: 'params', word: 'parameter' },
  tag: { plural: 'tags', word: 'tag' },
};

/** What a search compares and orders by. */
export type AskedKeys = { readonly filter?: string | undefined; readonly orderBy?: readonly string[] };

/** One sentence for each key that none of the experiments' newest runs has. */
export async function adviseOnKeys(
  source: RunSource,
  experimentIds: readonly string[],
  asked: AskedKeys,
): Promise<readonly string[]> {
  const named = [...keysIn(parseFilter(asked.filter, RUNS)), ...parseOrderBy(asked.orderBy ?? [], RUNS)];
  if (named.every(({ type }) => kindOf[type] === undefined) || experimentIds.length === 0) return [];
  const { items } = await source.search({ experimentIds, view: 'all', maxResults: sampleSize });
  return items.length === 0 ? [] : adviseAmong(items, named);
}

/** The same of given runs. */
export function adviseAmong(runs: readonly Run[], named: readonly Named[]): readonly string[] {
  const keys = keysOf(runs);
  const sentences = named.flatMap(({ type, key }) => {
    const kind = kindOf[type];
    if (kind === undefined || keys[kind.plural].has(key)) return [];
    const near = nearest(key, keys[kind.plural]);
    const other = Object.values(kindOf).find(({ plural }) => keys[plural].has(key));
    const advice =
      other !== undefined
        ? `There is a ${other.word} of that name: ${other.plural}.${key}`
        : near === undefined
          ? knownKeys(kind.word, [...keys[kind.plural]])
          : `Did you mean '${near}'?`;
    return [`No run here has the ${kind.word} '${key}'. ${advice}`];
  });
  return [...new Set(sentences)];
}

function knownKeys(word: string, keys: readonly string[]): string {
  if (keys.length === 0) return `None has any ${word}`;
  const shown = keys.toSorted().slice(0, 20);
  return `Known: ${shown.join(', ')}${keys.length > shown.length ? ', ...' : ''}`;
}

function* keysIn(filter: Filter | undefined): Iterable<Named> {
  if (filter === undefined) return;
  if (filter.kind === 'comparison') yield filter;
  else if (filter.kind === 'not') yield* keysIn(filter.part);
  else for (const part of filter.parts) yield* keysIn(part);
}
