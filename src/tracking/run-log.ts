// What is logged to runs: metrics, parameters and tags, singly and in batches; each batch is kept whole or not at all.
import { InputError, NotFoundError } from '../core/index.ts';
import type { InsertMany, Tables, Transaction } from '../store/index.ts';
import type { Metric, Param, Tag } from './entities.ts';
import { checkBatch, checkedParam, checkedTag, checkMetric } from './limits.ts';
import { namesOfDatasets, writeModelMetrics } from './logged-models/model-metrics.ts';
import { storedValue } from './metric-value.ts';
import type { Names } from './names.ts';
import { numberOf, upsertTags } from './run-tags.ts';
import { type LockRun, lockActiveRun, runNameTag } from './runs.ts';
import type { TrackingTables } from './tables.ts';

export type Batch = {
  readonly metrics?: readonly Metric[];
  readonly params?: readonly Param[];
  readonly tags?: readonly Tag[];
};

type Checked = Required<Batch>;
type Numbers = ReadonlyMap<string, number>;
type Writing = {
  readonly transaction: Transaction<TrackingTables>;
  readonly runId: string;
  readonly run: number;
  readonly numbers: Numbers;
};

/** Logs to runs. Errors: NotFoundError, StateError (a deleted run), InputError (limits, a parameter that has another value). */
export class RunLog {
  readonly #tables: Tables<TrackingTables>;
  readonly #names: Names;
  readonly #lock: LockRun;

  /** @param lock which runs may be written to: the active ones unless told otherwise */
  constructor(tables: Tables<TrackingTables>, names: Names, lock: LockRun = lockActiveRun) {
    this.#tables = tables;
    this.#names = names;
    this.#lock = lock;
  }

  /** Logs one value. A value that is there already, with the same step and time, changes nothing. */
  async metric(runId: string, metric: Metric): Promise<void> {
    checkMetric(metric);
    await this.#write(runId, { metrics: [metric], params: [], tags: [] });
  }

  /** Logs a parameter. Its value can never be changed; the same value again is no error. */
  async param(runId: string, param: Param): Promise<void> {
    await this.#write(runId, { metrics: [], params: [checkedParam(param)], tags: [] }, refuseChangedParam);
  }

  async tag(runId: string, tag: Tag): Promise<void> {
    await this.#write(runId, { metrics: [], params: [], tags: [checkedTag(tag)] });
  }

  async deleteTag(runId: string, key: string): Promise<void> {
    const name = await this.#names.find(key);
    await this.#tables.write(async (transaction) => {
      const { id } = await this.#lock(transaction, runId);
      const gone = await transaction.db
        .deleteFrom('run_tags')
        .where('run', '=', id)
        .where('name', '=', name ?? -1)
        .executeTakeFirst();
      if (gone.numDeletedRows === 0n)
        throw new NotFoundError(`No tag with name: ${key} in run with id ${runId}`);
    });
  }

  /** Logs up to 1,000 values, parameters and tags at once. */
  async batch(runId: string, { metrics = [], params = [], tags = [] }: Batch): Promise<void> {
    for (const [index, metric] of metrics.entries()) checkMetric(metric, `metrics[${index}]`);
    const batch = {
      metrics,
      params: params.map((param, index) => checkedParam(param, `params[${index}]`)),
      tags: tags.map((tag, index) => checkedTag(tag, `tags[${index}]`)),
    };
    checkBatch(batch);
    await this.#write(runId, batch);
  }

  async #write(runId: string, batch: Checked, refuse: Refuse = refuseChangedParams): Promise<void> {
    const numbers = await this.#names.numbersOf([...keysOf(batch), ...namesOfDatasets(batch.metrics)]);
    await this.#tables.write(async (transaction) => {
      const { id } = await this.#lock(transaction, runId);
      const writing = { transaction, runId, run: id, numbers };
      await writeParams(writing, batch.params, refuse);
      await writeMetrics(writing, batch.metrics);
      await writeModelMetrics(writing, batch.metrics);
      await writeTags(writing, batch.tags);
    });
  }
}

function* keysOf({ metrics, params, tags }: Checked): Iterable<string> {
  for (const entities of [metrics, params, tags]) for (const { key } of entities) yield key;
}

const pointColumns = {
  run: 'bigint',
  name: 'bigint',
  timestamp: 'bigint',
  step: 'bigint',
  value: 'double precision',
  is_nan: 'smallint',
} as const;

const insertPoints: InsertMany = {
  into: 'metric_points',
  columns: pointColumns,
  onConflict: 'on conflict do nothing',
};

/** The latest is the greatest by step, then time, then value. */
const upsertLatest: InsertMany = {
  into: 'latest_metrics',
  columns: pointColumns,
  onConflict: `on conflict (run, name) do update
    set step = excluded.step, timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan
    where (excluded.step, excluded.timestamp, excluded.value) > (latest_metrics.step, latest_metrics.timestamp, latest_metrics.value)`,
};

type PointRow = readonly [
  run: number,
  name: number,
  timestamp: number,
  step: number,
  value: number,
  isNaN: 0 | 1,
];

async function writeMetrics(
  { transaction, run, numbers }: Writing,
  metrics: readonly Metric[],
): Promise<void> {
  if (metrics.length === 0) return;
  const rows = metrics.map(
    ({ key, value, timestamp, step }): PointRow => [
      run,
      numberOf(numbers, key),
      timestamp,
      step,
      storedValue(value),
      Number.isNaN(value) ? 1 : 0,
    ],
  );
  await transaction.insertMany(insertPoints, rows);
  const latest = new Map<number, PointRow>();
  for (const row of rows) {
    const known = latest.get(row[1]);
    if (known === undefined || isLater(row, known)) latest.set(row[1], row);
  }
  await transaction.insertMany(
    upsertLatest,
    [...latest.values()].sort((a, b) => a[1] - b[1]),
  );
}

function isLater(
  [, , time, step, value]: PointRow,
  [, , knownTime, knownStep, knownValue]: PointRow,
): boolean {
  return step !== knownStep ? step > knownStep : time !== knownTime ? time > knownTime : value > knownValue;
}

const insertParams: InsertMany = {
  into: 'params',
  columns: { run: 'bigint', name: 'bigint', value: 'text' },
  onConflict: 'on conflict do nothing',
};

type Change = { readonly key: string; readonly oldValue: string; readonly newValue: string };
type Refuse = (runId: string, changes: readonly [Change, ...Change[]]) => InputError;

async function writeParams(
  { transaction, runId, run, numbers }: Writing,
  params: readonly Param[],
  refuse: Refuse,
): Promise<void> {
  if (params.length === 0) return;
  const rows = params
    .map(({ key, value }) => ({ key, name: numberOf(numbers, key), value }))
    .sort((a, b) => a.name - b.name);
  const added = await transaction.insertMany(
    insertParams,
    rows.map(({ name, value }) => [run, name, value]),
  );
  if (added === rows.length) return;
  const names = rows.map(({ name }) => name);
  const kept = await transaction.db
    .selectFrom('params')
    .select(['name', 'value'])
    .where('run', '=', run)
    .where('name', 'in', names)
    .execute();
  const values = new Map(kept.map(({ name, value }) => [name, value]));
  const [first, ...others] = rows.flatMap(({ key, name, value }): Change[] => {
    const oldValue = values.get(name) ?? value;
    return oldValue === value ? [] : [{ key, oldValue, newValue: value }];
  });
  if (first !== undefined) throw refuse(runId, [first, ...others]);
}

function refuseChangedParam(
  runId: string,
  [{ key, oldValue, newValue }]: readonly [Change, ...Change[]],
): InputError {
  return new InputError(
    `Changing param values is not allowed. Param with key='${key}' was already logged with value='${oldValue}' for run ID='${runId}'. Attempted logging new value '${newValue}'.`,
  );
}

function refuseChangedParams(runId: string, changes: readonly Change[]): InputError {
  const list = changes.map(
    ({ key, oldValue, newValue }) =>
      `{'key': '${key}', 'old_value': '${oldValue}', 'new_value': '${newValue}'}`,
  );
  return new InputError(
    `Changing param values is not allowed. Params were already logged='[${list.join(', ')}]' for run ID='${runId}'.`,
  );
}

async function writeTags({ transaction, run, numbers }: Writing, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return;
  await upsertTags(transaction, { run, tags, numbers });
  const name = tags.findLast(({ key }) => key === runNameTag)?.value;
  if (name) await transaction.db.updateTable('runs').set({ name }).where('id', '=', run).execute();
}
