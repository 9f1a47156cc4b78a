// Histories of metrics: page by page, of many runs at once, thinned out for charts.
import { sql } from 'kysely';
import { InputError } from '../core/index.ts';
import {
  applyOrder,
  decodePageToken,
  encodePageToken,
  numberParameter,
  type PageValue,
  type SortKey,
  type Tables,
} from '../store/index.ts';
import { downsample } from './downsample.ts';
import type { Metric, Page } from './entities.ts';
import { toValue } from './metric-value.ts';
import type { Names } from './names.ts';
import type { TrackingTables } from './tables.ts';

/** Values in a page unless the caller asks for fewer; also the most. */
export const historyPageSize = 25_000;

export type HistoryRequest = {
  readonly key: string;
  /** 1 to 25,000. */
  readonly maxResults?: number;
  readonly pageToken?: string;
};

export type MetricOfRun = Metric & { readonly runId: string };

export type IntervalRequest = {
  readonly key: string;
  /** Both or none; inclusive. */
  readonly startStep?: number;
  readonly endStep?: number;
  /** Steps to keep of each run, besides the first and the last. */
  readonly maxResults: number;
};

/** The order of the key of the table of points. */
const historyOrder: readonly SortKey[] = ['timestamp', 'step', 'value', 'is_nan'].map((column) => ({
  expression: sql.ref(column),
  holds: 'number',
  descending: false,
}));

type PointRow = {
  readonly timestamp: number;
  readonly step: number;
  readonly value: number;
  readonly is_nan: 0 | 1;
};

/** Histories of metrics. Errors: NotFoundError for a run that is not there, InputError. */
export class MetricHistory {
  readonly #tables: Tables<TrackingTables>;
  readonly #names: Names;

  constructor(tables: Tables<TrackingTables>, names: Names) {
    this.#tables = tables;
    this.#names = names;
  }

  /** Values of one metric of one run by time, then step, then value. A page costs the same wherever it starts. */
  async page(
    run: number,
    { key, maxResults = historyPageSize, pageToken }: HistoryRequest,
  ): Promise<Page<Metric>> {
    const name = await this.#names.find(key);
    if (name === undefined) return { items: [], nextPageToken: undefined };
    const limit = Math.min(maxResults, historyPageSize);
    const identity = { run, name };
    const position = pageToken ? decodePageToken(pageToken, identity, historyOrder) : undefined;
    const rows = await this.#after(run, name, { limit: limit + 1, position });
    const items = rows.slice(0, limit).map((row) => toMetric(key, row));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const token = last && encodePageToken([last.timestamp, last.step, last.value, last.is_nan], identity);
    return { items, nextPageToken: token };
  }

  /** All values of one metric of one run by step, at most `points` of them, chosen so that a chart looks the same. */
  async thinned(
    run: number,
    { key, points }: { readonly key: string; readonly points: number },
  ): Promise<readonly Metric[]> {
    if (!Number.isInteger(points) || points < 3)
      throw new InputError(`Cannot thin a history to ${points} points; give 3 or more`);
    const name = await this.#names.find(key);
    if (name === undefined) return [];
    const query = this.#points(run, name).orderBy('step').orderBy('timestamp').orderBy('value');
    const rows = await query.execute();
    return downsample(
      rows.map((row) => toMetric(key, row)),
      points,
    );
  }

  /** Values of one metric of several runs, run by run in the order of their ids; the first `maxResults`. */
  async bulk(
    runs: ReadonlyMap<string, number>,
    { key, maxResults }: { readonly key: string; readonly maxResults: number },
  ): Promise<readonly MetricOfRun[]> {
    const name = await this.#names.find(key);
    const found: MetricOfRun[] = [];
    if (name === undefined) return found;
    for (const [runId, run] of [...runs].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const rows = await this.#after(run, name, { limit: maxResults - found.length });
      for (const row of rows) found.push({ ...toMetric(key, row), runId });
      if (found.length >= maxResults) break;
    }
    return found;
  }

  /** Values of one metric of several runs at evenly chosen steps of an interval: what MLflow's charts ask for. */
  async interval(
    runs: ReadonlyMap<string, number>,
    request: IntervalRequest,
  ): Promise<readonly MetricOfRun[]> {
    const name = await this.#names.find(request.key);
    if (name === undefined) return [];
    const steps = new Set<number>();
    const bounds = new Set<number>();
    for (const run of runs.values()) {
      const own = await this.#points(run, name)
        .clearSelect()
        .select('step')
        .distinct()
        .orderBy('step')
        .execute();
      for (const { step } of own) steps.add(step);
      for (const row of [own[0], own.at(-1)]) if (row !== undefined) bounds.add(row.step);
    }
    const chosen = chooseSteps(
      [...steps].sort((a, b) => a - b),
      bounds,
      request,
    );
    if (chosen.length === 0) return [];
    const found: MetricOfRun[] = [];
    for (const [runId, run] of runs)
      found.push(
        ...(await this.#atSteps({ run, name, key: request.key }, chosen)).map((metric) => ({
          ...metric,
          runId,
        })),
      );
    return found;
  }

  async #atSteps(
    { run, name, key }: { readonly run: number; readonly name: number; readonly key: string },
    steps: readonly number[],
  ): Promise<readonly Metric[]> {
    const rows = await this.#points(run, name)
      .where('step', 'in', steps)
      .orderBy('step')
      .orderBy('timestamp')
      .limit(historyPageSize)
      .execute();
    return rows.map((row) => toMetric(key, row));
  }

  async #after(
    run: number,
    name: number,
    { limit, position }: { readonly limit: number; readonly position?: readonly PageValue[] | undefined },
  ): Promise<readonly PointRow[]> {
    const query = applyOrder(this.#points(run, name), historyOrder).limit(limit);
    if (position === undefined) return query.execute();
    // As one comparison of rows it is a range of the key.
    const values = sql.join(position.map((value) => numberParameter(Number(value))));
    const behind = sql<boolean>`(timestamp, step, value, is_nan) > (${values})`;
    return query.where(behind).execute();
  }

  #points(run: number, name: number) {
    return this.#tables.db
      .selectFrom('metric_points')
      .select(['timestamp', 'step', 'value', 'is_nan'])
      .where('run', '=', run)
      .where('name', '=', name);
  }
}

function toMetric(key: string, row: PointRow): Metric {
  return { key, value: toValue(row), timestamp: row.timestamp, step: row.step };
}

/** Steps of the interval, thinned to `maxResults` and its end, with the bounds of each run's own history. */
function chooseSteps(
  steps: readonly number[],
  bounds: ReadonlySet<number>,
  { startStep, endStep, maxResults }: IntervalRequest,
): readonly number[] {
  const start = startStep ?? 0;
  const end = endStep ?? steps.at(-1) ?? 0;
  const within = steps.filter((step) => start <= step && step <= end);
  const interval = within.length / maxResults;
  const sampled =
    interval <= 1
      ? within
      : Array.from({ length: maxResults }, (_, index) => within[Math.floor(index * interval)] ?? start);
  const kept = new Set([
    ...sampled,
    ...within.slice(-1),
    ...[...bounds].filter((step) => start <= step && step <= end),
  ]);
  return [...kept].sort((a, b) => a - b);
}
