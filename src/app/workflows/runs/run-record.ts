// A run as plain JSON: what `--json` prints and an export holds.
import type { Experiment, Run } from '../../../tracking/index.ts';

/** Times are ISO 8601 in UTC; numbers that JSON lacks are the texts NaN, Infinity and -Infinity. */
export type RunRecord = {
  readonly runId: string;
  readonly name: string;
  readonly experimentId: string;
  readonly experiment: string | null;
  readonly status: string;
  readonly userId: string;
  readonly startTime: string | null;
  readonly endTime: string | null;
  readonly lifecycle: string;
  readonly artifactUri: string;
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets: readonly {
    readonly name: string;
    readonly digest: string;
    readonly context: string | null;
  }[];
};

export function runRecord(
  { info, metrics, params, tags, inputs }: Run,
  experiments: ReadonlyMap<string, Experiment>,
): RunRecord {
  return {
    runId: info.runId,
    name: info.name,
    experimentId: info.experimentId,
    experiment: experiments.get(info.experimentId)?.name ?? null,
    status: info.status,
    userId: info.userId,
    startTime: info.startTime === 0 ? null : isoTime(info.startTime),
    endTime: info.endTime === undefined ? null : isoTime(info.endTime),
    lifecycle: info.lifecycle,
    artifactUri: info.artifactUri,
    metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, jsonNumber(value)])),
    params: Object.fromEntries(params.map(({ key, value }) => [key, value])),
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    datasets: inputs.datasets.map(({ dataset, tags }) => ({
      name: dataset.name,
      digest: dataset.digest,
      context: tags.find(({ key }) => key === 'mlflow.data.context')?.value ?? null,
    })),
  };
}

/** `2026-01-31T12:00:00.000Z`; a number of milliseconds that no date has stays a number. */
export function isoTime(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time);
}

/** A number as JSON can say it. */
export function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
