// Which metrics traces, spans and assessments have, by what they may be grouped, and where their values lie in SQL.
import { type Expression, type RawBuilder, sql } from 'kysely';
import { costKeys, tokenKeys, traceTags } from '../keys.ts';

/** What may be counted, in the order of the numbers that they have on the wire. */
export const metricViews = ['TRACES', 'SPANS', 'ASSESSMENTS'] as const;

/** What is counted. */
export type MetricView = (typeof metricViews)[number];

export type MetricDefinition = {
  /** In alphabetical order. */
  readonly aggregations: readonly string[];
  /** In alphabetical order. */
  readonly dimensions: readonly string[];
  readonly value: Expression<unknown>;
};

const counted = ['COUNT'];
const measured = ['AVG', 'PERCENTILE'];
const summed = ['AVG', 'PERCENTILE', 'SUM'];
const one = sql`1`;

/** `yes` and `no` are what MLflow's own judges say. Lists, objects, other texts and null have no number. */
const numericValue = sql`(case
  when a.value in ('true', '"yes"') then 1.0
  when a.value in ('false', '"no"') then 0.0
  when substr(a.value, 1, 1) in ('"', '[', '{', 'n', 'N', 'I') then null
  else cast(a.value as double precision) end)`;

/** Metrics by view and name. */
export const metricDefinitions: Readonly<Record<MetricView, Readonly<Record<string, MetricDefinition>>>> = {
  TRACES: {
    trace_count: { aggregations: counted, dimensions: ['trace_name', 'trace_status'], value: one },
    latency: { aggregations: measured, dimensions: ['trace_name'], value: sql`t.duration` },
    ...each(tokenKeys, { aggregations: summed, dimensions: ['trace_name'], value: sql`m.value` }),
  },
  SPANS: {
    span_count: {
      aggregations: counted,
      dimensions: ['span_model_name', 'span_model_provider', 'span_name', 'span_status', 'span_type'],
      value: one,
    },
    latency: {
      aggregations: measured,
      dimensions: ['span_name', 'span_status'],
      value: sql`(s.duration_ns / 1000000)`,
    },
    ...each(costKeys, {
      aggregations: summed,
      dimensions: ['span_model_name', 'span_model_provider'],
      value: sql`m.value`,
    }),
  },
  ASSESSMENTS: {
    assessment_count: {
      aggregations: counted,
      dimensions: ['assessment_name', 'assessment_value'],
      value: one,
    },
    assessment_value: { aggregations: measured, dimensions: ['assessment_name'], value: numericValue },
  },
};

const dimensionColumns: Readonly<Record<string, Expression<unknown>>> = {
  trace_name: sql`(select g.value from trace_tags as g where g.trace = t.id and g.key = ${sql.lit(traceTags.name)})`,
  trace_status: sql.ref('t.state'),
  span_name: sql.ref('s.name'),
  span_type: sql.ref('s.type'),
  span_status: sql.ref('s.status'),
  span_model_name: sql.ref('s.model'),
  span_model_provider: sql.ref('s.provider'),
  assessment_name: sql.ref('a.name'),
  assessment_value: sql.ref('a.value'),
};

/** The column of a dimension that {@link metricDefinitions} names. */
export function dimensionColumn(view: MetricView, name: string): Expression<unknown> {
  const column = dimensionColumns[name];
  if (column === undefined) throw new RangeError(`No column for the dimension '${name}' of ${view}`);
  return column;
}

/** What is joined to the traces `t`: spans `s`, assessments `a`, metrics `m`. */
export function viewSource(view: MetricView, metric: string): RawBuilder<unknown> {
  const tokens: readonly string[] = tokenKeys;
  const costs: readonly string[] = costKeys;
  if (view === 'ASSESSMENTS') return sql`join assessments as a on a.trace = t.id`;
  if (view === 'TRACES')
    return tokens.includes(metric)
      ? sql`join trace_metrics as m on m.trace = t.id and m.key = ${metric}`
      : sql``;
  const spans = sql`join spans as s on s.trace = t.id`;
  return costs.includes(metric)
    ? sql`${spans} join span_metrics as m on m.trace = s.trace and m.span_id = s.span_id and m.key = ${metric}`
    : spans;
}

function each(
  names: readonly string[],
  definition: MetricDefinition,
): Readonly<Record<string, MetricDefinition>> {
  return Object.fromEntries(names.map((name) => [name, definition]));
}
