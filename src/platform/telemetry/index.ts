// OpenTelemetry traces.

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
