// Lists runs: those of some experiments or all, filtered, ordered, the first so many.
import type { Experiment, Run, View } from '../../../tracking/index.ts';
import { findExperiments, searchPages } from './find-runs.ts';
import { type AskedKeys, adviseOnKeys } from './key-advice.ts';
import type { RunSource } from './run-source.ts';

/** Which runs; by default the newest of all active experiments. */
export type RunSelection = AskedKeys & {
  /** Names or ids. */
  readonly experiments?: readonly string[];
  readonly view?: View;
};

export type RunList = {
  readonly runs: readonly Run[];
  /** By id: the experiments that were searched. */
  readonly experiments: ReadonlyMap<string, Experiment>;
  /** Whether there are more than were asked for. */
  readonly hasMore: boolean;
  /** What may be wrong with the question, a sentence each. */
  readonly advice: readonly string[];
};

/** The first `limit` runs of a selection. @throws NotFoundError for an unknown experiment, InputError for a filter that is not understood */
export async function listRuns(
  source: RunSource,
  { limit, ...selection }: RunSelection & { readonly limit: number },
): Promise<RunList> {
  const { experiments, query } = await resolveSelection(source, selection);
  const runs: Run[] = [];
  for await (const page of searchPages(source, { ...query, limit: limit + 1 })) runs.push(...page);
  return {
    runs: runs.slice(0, limit),
    experiments,
    hasMore: runs.length > limit,
    advice: await adviceFor(source, { ...selection, ...query, runs }),
  };
}

/** The experiments that a selection names, and the search that finds its runs. */
export async function resolveSelection(
  source: RunSource,
  { experiments: names = [], filter, orderBy = [], view = 'active' }: RunSelection,
) {
  const found = await findExperiments(source, names);
  const all = view !== 'active' && names.length === 0 ? await source.experiments() : found;
  const query = { experimentIds: all.map(({ id }) => id), orderBy, view, ...(filter && { filter }) };
  return { experiments: new Map(all.map((one) => [one.id, one])), query };
}

/** A search by keys that no run has finds nothing, or orders nothing. */
async function adviceFor(
  source: RunSource,
  asked: AskedKeys & { readonly experimentIds: readonly string[]; readonly runs: readonly Run[] },
): Promise<readonly string[]> {
  const { runs, experimentIds, filter, orderBy = [] } = asked;
  if (runs.length > 0 && orderBy.length === 0) return [];
  const keys = runs.length > 0 ? { orderBy } : { filter, orderBy };
  return adviseOnKeys(source, experimentIds, keys);
}
