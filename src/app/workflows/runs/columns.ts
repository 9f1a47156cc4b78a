// What can stand in a column of a table of runs: attributes, metrics, parameters and tags, each by its name.
import { didYouMean, InputError } from '../../../core/index.ts';
import type { Experiment, Run } from '../../../tracking/index.ts';

/** How a column's values are read. Times are milliseconds since 1970, durations milliseconds. */
export type ColumnKind = 'text' | 'number' | 'time' | 'duration' | 'id';

export type Cell = string | number | undefined;

export type Column = {
  /** As it is asked for: `metrics.loss`. */
  readonly name: string;
  /** As it is headed: `loss`. */
  readonly title: string;
  readonly kind: ColumnKind;
  readonly cellOf: (run: Run) => Cell;
};

type Experiments = ReadonlyMap<string, Experiment>;

/** Names of keys that runs have. */
export type RunKeys = {
  readonly metrics: ReadonlySet<string>;
  readonly params: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
};

const kinds = ['metrics', 'params', 'tags'] as const;
type KeyedKind = (typeof kinds)[number];

/** The columns of what a run itself is. */
export function attributeColumns(experiments: Experiments): readonly Column[] {
  const column = (name: string, kind: ColumnKind, cellOf: Column['cellOf']): Column => {
    return { name, title: name, kind, cellOf };
  };
  return [
    column('run_id', 'id', ({ info }) => info.runId),
    column('name', 'text', ({ info }) => info.name),
    column('experiment', 'text', ({ info }) => experiments.get(info.experimentId)?.name ?? info.experimentId),
    column('experiment_id', 'text', ({ info }) => info.experimentId),
    column('status', 'text', ({ info }) => info.status),
    column('start_time', 'time', ({ info }) => info.startTime || undefined),
    column('end_time', 'time', ({ info }) => info.endTime),
    column('duration', 'duration', ({ info }) =>
      info.endTime === undefined || info.startTime === 0 ? undefined : info.endTime - info.startTime,
    ),
    column('user', 'text', ({ info }) => info.userId),
    column('lifecycle', 'text', ({ info }) => info.lifecycle),
    column('artifact_uri', 'text', ({ info }) => info.artifactUri),
  ];
}

/** The column of one metric, parameter or tag. */
export function keyedColumn(kind: KeyedKind, key: string): Column {
  return {
    name: `${kind}.${key}`,
    title: key,
    kind: kind === 'metrics' ? 'number' : 'text',
    cellOf: (run) => run[kind].find((entry) => entry.key === key)?.value,
  };
}

/** The keys of some runs. */
export function keysOf(runs: Iterable<Run>): RunKeys {
  const found = { metrics: new Set<string>(), params: new Set<string>(), tags: new Set<string>() };
  for (const run of runs) for (const kind of kinds) for (const { key } of run[kind]) found[kind].add(key);
  return found;
}

const aliases: Readonly<Record<string, string>> = {
  id: 'run_id',
  run_name: 'name',
  started: 'start_time',
  ended: 'end_time',
  user_id: 'user',
};

/**
 * The columns of names: `metrics.loss`, `params.lr`, `tags.team`, attributes, or a bare key that the runs have.
 * @throws InputError for a name that means none, with the nearest one
 */
export function columnsOf(
  names: readonly string[],
  { keys, experiments }: { readonly keys: RunKeys; readonly experiments: Experiments },
): readonly Column[] {
  const attributes = attributeColumns(experiments);
  return names.map((name) => {
    const attribute = attributes.find((one) => one.name === (aliases[name] ?? name));
    if (attribute !== undefined) return attribute;
    const [, prefix = '', key = ''] = /^(metrics?|params?|tags?)\.(.+)$/s.exec(name) ?? [];
    const kind = kinds.find((one) => one === prefix || one === `${prefix}s`);
    if (kind !== undefined) return keyedColumn(kind, key);
    const bare = kinds.find((one) => keys[one].has(name));
    if (bare !== undefined) return keyedColumn(bare, name);
    const known = [...attributes.map((one) => one.name), ...kinds.flatMap((one) => [...keys[one]])];
    throw new InputError(
      `Cannot show the column '${name}': no run here has it. ${didYouMean(name, known)}; metrics., params. and tags. tell apart what shares a name`,
    );
  });
}

/** The user's metrics by how many of the runs have them, the most common first; at most 12. */
export function commonMetrics(runs: readonly Run[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of runs)
    for (const { key } of metrics) if (!isInternal(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.slice(0, 12).map(([key]) => key);
}

/** What is MLflow's own bookkeeping or the machine's, not the user's. */
export function isInternal(key: string): boolean {
  return key.startsWith('mlflow.') || key.startsWith('system/');
}
