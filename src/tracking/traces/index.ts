// Tracing: what an application did for one request, step by step, and what people and judges say of it.
export type { Assessments } from './assessments.ts';
export type {
  Assessment,
  AssessmentChange,
  AssessmentContent,
  AssessmentError,
  AssessmentSource,
  AssessmentSourceType,
  NewAssessment,
  NewTrace,
  PromptVersion,
  Span,
  SpanAttributes,
  SpanEvent,
  SpanStatus,
  TextMap,
  Trace,
  TraceInfo,
  TraceState,
} from './entities.ts';
export { assessmentSourceTypes, traceStates } from './entities.ts';
export type { JsonFold, JsonValue, PythonJsonOptions } from './json-text.ts';
export { foldJson, isJsonObject, NumberText, parseJson, pythonJson, tryParseJson } from './json-text.ts';
export type { MetricView } from './metrics/metric-definitions.ts';
export { metricViews } from './metrics/metric-definitions.ts';
export type {
  Aggregation,
  MetricDataPoint,
  TraceMetrics,
  TraceMetricsRequest,
} from './metrics/trace-metrics.ts';
export { aggregationTypes } from './metrics/trace-metrics.ts';
export { tracesMigration } from './migration.ts';
export { openTracing, type Tracing } from './open-tracing.ts';
export type { Correlation, Counts } from './search/correlation.ts';
export type { CorrelationRequest, TraceSearch, TraceSearchRequest } from './search/trace-search.ts';
export type { Spans } from './spans/spans.ts';
export type { TraceDeletion, TraceEnd, Traces } from './traces.ts';
