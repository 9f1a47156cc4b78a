// Lays runs side by side: where their parameters, metrics, tags and datasets differ.
import { InputError } from '../../../core/index.ts';
import type { Run } from '../../../tracking/index.ts';
import { isInternal } from './columns.ts';
import { findRun } from './find-runs.ts';
import type { RunSource } from './run-source.ts';

/** One line of a comparison; values in the order of the runs, undefined where a run has none. */
export type ComparedRow<T> = {
  readonly key: string;
  readonly values: readonly (T | undefined)[];
  /** Whether the runs are not all alike in it. */
  readonly differs: boolean;
};

/** A metric; `differences` are those from the first run. */
export type ComparedMetric = ComparedRow<number> & { readonly differences: readonly (number | undefined)[] };

export type RunComparison = {
  readonly runs: readonly Run[];
  readonly params: readonly ComparedRow<string>[];
  readonly metrics: readonly ComparedMetric[];
  /** Without MLflow's own. */
  readonly tags: readonly ComparedRow<string>[];
  /** By name; the values are digests. */
  readonly datasets: readonly ComparedRow<string>[];
};

/** Compares two runs or more by their ids or names. @throws InputError for fewer, or one run twice */
export async function compareRuns(source: RunSource, names: readonly string[]): Promise<RunComparison> {
  if (names.length < 2) throw new InputError('Cannot compare one run; name two or more');
  const runs: Run[] = [];
  for (const name of names) runs.push(await findRun(source, name));
  const ids = runs.map(({ info }) => info.runId);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new InputError(`Cannot compare the run ${twice} with itself; name it once`);
  return comparisonOf(runs);
}

function comparisonOf(runs: readonly Run[]): RunComparison {
  const metrics = rowsOf(runs, ({ metrics }) => metrics);
  return {
    runs,
    params: rowsOf(runs, ({ params }) => params),
    metrics: metrics.map((row) => ({
      ...row,
      differences: row.values.map((value, index) =>
        index === 0 || value === undefined || row.values[0] === undefined ? undefined : value - row.values[0],
      ),
    })),
    tags: rowsOf(runs, ({ tags }) => tags.filter(({ key }) => !isInternal(key))),
    datasets: rowsOf(runs, ({ inputs }) =>
      inputs.datasets.map(({ dataset }) => ({ key: dataset.name, value: dataset.digest })),
    ),
  };
}

function rowsOf<T>(
  runs: readonly Run[],
  entriesOf: (run: Run) => readonly { readonly key: string; readonly value: T }[],
): readonly ComparedRow<T>[] {
  const maps = runs.map((run) => new Map(entriesOf(run).map(({ key, value }) => [key, value])));
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
  return keys.map((key) => {
    const values = maps.map((map) => map.get(key));
    return { key, values, differs: values.some((value) => !Object.is(value, values[0])) };
  });
}
