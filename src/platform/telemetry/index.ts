// OpenTelemetry traces: spans of requests and jobs, and how a trace goes from one to the other.
export { type JobOrigin, originLabels, originOf } from './job-origin.ts';
export { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.ts';
export {
  type Attributes,
  openTracer,
  type Span,
  type SpanKind,
  type SpanOptions,
  silentTracer,
  type Tracer,
} from './tracer.ts';
