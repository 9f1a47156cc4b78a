// OpenTelemetry traces.
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
