// Figures over many traces, spans or assessments: counts, sums, means and percentiles by dimension and time.
import { type Expression, type RawBuilder, sql } from 'kysely';
import { InputError } from '../../../core/index.ts';
import type { Tables } from '../../../store/index.ts';
import { parseExperimentId } from '../../experiments.ts';
import { pythonFloat } from '../json-text.ts';
import type { TraceTables } from '../tables.ts';
import { dimensionColumn, type MetricView, metricDefinitions, viewSource } from './metric-definitions.ts';
import { metricFilter } from './metric-filter.ts';

/** The aggregations, in the order of the numbers that they have on the wire. */
export const aggregationTypes = ['COUNT', 'SUM', 'AVG', 'PERCENTILE', 'MIN', 'MAX'] as const;

/** `percentile` is from 0 to 100 and goes with PERCENTILE alone. */
export type Aggregation = {
  readonly type: (typeof aggregationTypes)[number];
  readonly percentile?: number | undefined;
};

/** Which figure, of what, by what. */
export type TraceMetricsRequest = {
  readonly experimentIds: readonly string[];
  readonly view: MetricView;
  readonly metric: string;
  readonly aggregations: readonly Aggregation[];
  readonly dimensions?: readonly string[];
  /** `trace.status = 'OK'` and the like; all must hold. */
  readonly filters?: readonly string[];
  /** Seconds of one bucket of time; with both times. */
  readonly interval?: number | undefined;
  /** Milliseconds since 1970, inclusive. */
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  /** 1,000 by default. */
  readonly maxResults?: number | undefined;
};

/** `values` by the aggregation: `COUNT`, `AVG`, `P99.0`. */
export type MetricDataPoint = {
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
};

const timeBucket = 'time_bucket';

/** Metrics of a database's traces. Errors: InputError for what cannot be asked. */
export class TraceMetrics {
  readonly #tables: Tables<TraceTables>;

  constructor(tables: Tables<TraceTables>) {
    this.#tables = tables;
  }

  /** The data points, in the order of their dimensions. */
  async query(request: TraceMetricsRequest): Promise<readonly MetricDataPoint[]> {
    check(request);
    const dimensions = [...(request.interval ? [timeBucket] : []), ...(request.dimensions ?? [])];
    const groups = dimensions.map((_, index) => sql.ref(`v.d${index}`));
    const figures = request.aggregations.map((aggregation, index) => figuresOf(aggregation, index));
    const selected = sql.join([...groups, sql`count(*) as n`, ...figures]);
    const grouped =
      groups.length === 0 ? sql`` : sql`group by ${sql.join(groups)} order by ${sql.join(groups)}`;
    const values = valuesOf(request, dimensions);
    const limit = request.maxResults ?? 1000;
    const { rows } = await sql<Row>`
      select ${selected} from (${values}) as v ${grouped} limit ${limit}`.execute(this.#tables.db);
    return rows.flatMap((row) => toPoint(row, request, dimensions));
  }
}

type Row = Readonly<Record<string, string | number | null>>;

/** Every value with its dimensions, and its rank among those of the same dimensions where a percentile needs it. */
function valuesOf(request: TraceMetricsRequest, dimensions: readonly string[]): RawBuilder<unknown> {
  const { view, metric, interval = 0 } = request;
  const columns = dimensions.map((name) =>
    name === timeBucket ? bucketColumn(view, interval * 1000) : dimensionColumn(view, name),
  );
  const named = columns.map((column, index) => sql`${column} as ${sql.ref(`d${index}`)}`);
  const value = sql`cast(${metricDefinitions[view][metric]!.value} as double precision)`;
  const partition = columns.length === 0 ? sql`` : sql`partition by ${sql.join(columns)}`;
  const ranks = request.aggregations.some(({ type }) => type === 'PERCENTILE')
    ? [
        sql`row_number() over (${partition} order by ${value}) as rank`,
        sql`count(*) over (${partition}) as size`,
      ]
    : [];
  const conditions = conditionsOf(request, [value, ...columns]);
  return sql`select ${sql.join([...named, sql`${value} as value`, ...ranks])} from traces as t ${viewSource(view, metric)}
    where ${sql.join(conditions, sql` and `)}`;
}

function conditionsOf(
  { experimentIds, startTime, endTime, filters = [], view }: TraceMetricsRequest,
  present: readonly Expression<unknown>[],
): readonly Expression<unknown>[] {
  const experiments = experimentIds.map(parseExperimentId);
  return [
    experiments.length === 0 ? sql`1 = 0` : sql`t.experiment in (${sql.join(experiments)})`,
    ...(startTime === undefined ? [] : [sql`t.request_time >= cast(${startTime} as bigint)`]),
    ...(endTime === undefined ? [] : [sql`t.request_time <= cast(${endTime} as bigint)`]),
    ...filters.map((filter) => metricFilter(filter, view)),
    ...present.map((column) => sql`${column} is not null`),
  ];
}

function bucketColumn(view: MetricView, milliseconds: number): Expression<unknown> {
  const time = {
    TRACES: sql`t.request_time`,
    SPANS: sql`(s.start_us / 1000)`,
    ASSESSMENTS: sql`a.created_at`,
  }[view];
  return sql`(${time} / cast(${sql.lit(milliseconds)} as bigint) * cast(${sql.lit(milliseconds)} as bigint))`;
}

/** The columns of one aggregation. A percentile lies between two values, so that it takes both. */
function figuresOf({ type, percentile = 0 }: Aggregation, index: number): RawBuilder<unknown> {
  const name = sql.ref(`a${index}`);
  if (type === 'COUNT') return sql`count(v.value) as ${name}`;
  if (type !== 'PERCENTILE') return sql`${sql.raw(type.toLowerCase())}(v.value) as ${name}`;
  const place = sql`(cast(${percentile / 100} as double precision) * (v.size - 1))`;
  const low = sql`max(case when v.rank - 1 <= ${place} and ${place} < v.rank then v.value end)`;
  const high = sql`max(case when v.rank - 2 < ${place} and ${place} <= v.rank - 1 then v.value end)`;
  return sql`${low} as ${name}, ${high} as ${sql.ref(`b${index}`)}`;
}

function toPoint(
  row: Row,
  { metric, aggregations }: TraceMetricsRequest,
  dimensions: readonly string[],
): readonly MetricDataPoint[] {
  // Without a group there is one row even of nothing.
  if (row.n === 0) return [];
  const names = dimensions.map((name, index) => {
    const value = row[`d${index}`] ?? '';
    return [name, name === timeBucket ? isoTime(Number(value)) : String(value)] as const;
  });
  const values = aggregations.map((aggregation, index) => {
    const value = Number(row[`a${index}`]);
    if (aggregation.type !== 'PERCENTILE') return [aggregation.type, value] as const;
    return [labelOf(aggregation), between(row, index, aggregation.percentile ?? 0)] as const;
  });
  return [{ metric, dimensions: Object.fromEntries(names), values: Object.fromEntries(values) }];
}

/** Linear interpolation: method 7 of Hyndman and Fan (1996), as NumPy and PostgreSQL have it. */
function between(row: Row, index: number, percentile: number): number {
  const [low, high] = [Number(row[`a${index}`]), Number(row[`b${index}`])];
  const place = (percentile / 100) * (Number(row.n) - 1);
  return low + (high - low) * (place - Math.floor(place));
}

function labelOf({ percentile = 0 }: Aggregation): string {
  return `P${pythonFloat(percentile)}`;
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', '+00:00');
}

function check(request: TraceMetricsRequest): void {
  const { view, metric, aggregations, dimensions = [], interval, startTime, endTime } = request;
  const metrics = metricDefinitions[view];
  const definition = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  if (definition === undefined)
    throw new InputError(`metric_name must be one of ${list(Object.keys(metrics))}, got '${metric}'`);
  for (const { type, percentile } of aggregations) checkPercentile(type, percentile);
  const types = unknown(
    aggregations.map(({ type }) => type),
    definition.aggregations,
  );
  if (types.length > 0)
    throw new InputError(
      `Found invalid aggregation_type(s): ${list(types)}. Supported aggregation types: ${list(definition.aggregations)}`,
    );
  const names = unknown(dimensions, definition.dimensions);
  if (names.length > 0)
    throw new InputError(
      `Found invalid dimension(s): ${list(names)}. Supported dimensions: ${list(definition.dimensions)}`,
    );
  if (interval && (startTime === undefined || endTime === undefined))
    throw new InputError('start_time_ms and end_time_ms are required if time_interval_seconds is set');
  if (interval !== undefined && interval < 0)
    throw new InputError(`time_interval_seconds must be positive, got ${interval}`);
}

function checkPercentile(type: string, percentile: number | undefined): void {
  if (type !== 'PERCENTILE') {
    if (percentile !== undefined)
      throw new InputError(`Percentile value is only allowed for PERCENTILE aggregation type, got ${type}`);
    return;
  }
  if (percentile === undefined)
    throw new InputError('Percentile value is required for PERCENTILE aggregation');
  if (!(percentile >= 0 && percentile <= 100))
    throw new InputError(`Percentile value must be between 0 and 100, got ${pythonFloat(percentile)}`);
}

function unknown(given: readonly string[], known: readonly string[]): readonly string[] {
  return [...new Set(given.filter((one) => !known.includes(one)))].sort();
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}
