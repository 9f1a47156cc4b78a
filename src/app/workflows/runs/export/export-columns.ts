// The columns of an exported table.
import type { RunRecord } from '../run-record.ts';
import type { ExportedKeys } from './exported-runs.ts';

/** A value of a table; null where there is none. Times are ISO 8601 in UTC. */
export type ExportValue = string | number | null;

export type ExportColumn<Row> = {
  readonly name: string;
  readonly type: 'text' | 'number' | 'time' | 'integer';
  readonly valueIn: (row: Row) => ExportValue;
};

/** What each run is, then its parameters, metrics and tags, each under its kind's name. */
export function runColumns(keys: ExportedKeys): readonly ExportColumn<RunRecord>[] {
  const keyed = (kind: keyof ExportedKeys, type: 'text' | 'number') =>
    keys[kind].map((key): ExportColumn<RunRecord> => {
      const valueIn = (record: RunRecord) =>
        Object.hasOwn(record[kind], key) ? (record[kind][key] ?? null) : null;
      return { name: `${kind}.${key}`, type, valueIn };
    });
  return [...attributes, ...keyed('params', 'text'), ...keyed('metrics', 'number'), ...keyed('tags', 'text')];
}

const attributes: readonly ExportColumn<RunRecord>[] = [
  { name: 'run_id', type: 'text', valueIn: ({ runId }) => runId },
  { name: 'name', type: 'text', valueIn: ({ name }) => name },
  { name: 'experiment', type: 'text', valueIn: ({ experiment }) => experiment },
  { name: 'experiment_id', type: 'text', valueIn: ({ experimentId }) => experimentId },
  { name: 'status', type: 'text', valueIn: ({ status }) => status },
  { name: 'user', type: 'text', valueIn: ({ userId }) => userId },
  { name: 'start_time', type: 'time', valueIn: ({ startTime }) => startTime },
  { name: 'end_time', type: 'time', valueIn: ({ endTime }) => endTime },
  { name: 'lifecycle', type: 'text', valueIn: ({ lifecycle }) => lifecycle },
  { name: 'artifact_uri', type: 'text', valueIn: ({ artifactUri }) => artifactUri },
];

/** One value of a metric of a run. */
export type HistoryRow = {
  readonly runId: string;
  readonly name: string;
  readonly experiment: string | null;
  readonly key: string;
  readonly step: number;
  readonly time: string;
  /** NaN and the infinities as texts. */
  readonly value: number | string;
};

export const historyColumns: readonly ExportColumn<HistoryRow>[] = [
  { name: 'run_id', type: 'text', valueIn: ({ runId }) => runId },
  { name: 'name', type: 'text', valueIn: ({ name }) => name },
  { name: 'experiment', type: 'text', valueIn: ({ experiment }) => experiment },
  { name: 'metric', type: 'text', valueIn: ({ key }) => key },
  { name: 'step', type: 'integer', valueIn: ({ step }) => step },
  { name: 'time', type: 'time', valueIn: ({ time }) => time },
  { name: 'value', type: 'number', valueIn: ({ value }) => value },
];
