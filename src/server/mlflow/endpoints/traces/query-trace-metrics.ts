// POST traces/metrics: counts, sums, means and percentiles of traces, spans or assessments.

import { aggregationTypes, metricViews, NumberText } from '../../../../tracking/index.ts';
import { endpoint } from '../../endpoint.ts';
import { textMap, tree } from '../../messages/trace-fields.ts';
import { requireList } from '../../messages/traces.ts';
import {
  double,
  enumeration,
  int32,
  int64,
  message,
  pythonFloat,
  repeated,
  required,
  string,
  withDefault,
} from '../../wire/index.ts';

const aggregation = message({
  aggregation_type: required(enumeration(aggregationTypes)),
  percentile_value: double(),
});

const dataPoint = message({
  metric_name: string(),
  dimensions: textMap,
  values: tree<{ readonly [label: string]: NumberText }>(),
});

export const queryTraceMetrics = endpoint({
  route: 'POST /api/3.0/mlflow/traces/metrics',
  request: {
    experiment_ids: repeated(string()),
    view_type: required(enumeration(metricViews)),
    metric_name: required(string()),
    aggregations: repeated(aggregation),
    dimensions: repeated(string()),
    filters: repeated(string()),
    time_interval_seconds: int64({ min: 1, max: 10 ** 9 }),
    start_time_ms: int64(),
    end_time_ms: int64(),
    max_results: withDefault(int32({ min: 1 }), 1000),
  },
  response: { data_points: repeated(dataPoint) },
  handle: async ({ request, context }) => {
    const points = await context.tracking.tracing.metrics.query({
      experimentIds: requireList('experiment_ids', request.experiment_ids),
      view: request.view_type,
      metric: request.metric_name,
      aggregations: requireList('aggregations', request.aggregations).map((one) => ({
        type: one.aggregation_type,
        percentile: one.percentile_value,
      })),
      dimensions: request.dimensions,
      filters: request.filters,
      interval: request.time_interval_seconds,
      startTime: request.start_time_ms,
      endTime: request.end_time_ms,
      maxResults: request.max_results,
    });
    return {
      data_points: points.map(({ metric, dimensions, values }) => ({
        metric_name: metric,
        dimensions: filled(dimensions),
        values: doubles(values),
      })),
    };
  },
});

function filled(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

function doubles(values: Readonly<Record<string, number>>): { readonly [label: string]: NumberText } {
  return Object.fromEntries(
    Object.entries(values).map(([label, value]) => [label, new NumberText(pythonFloat(value))]),
  );
}
