// OpenTelemetry traces: spans of requests and jobs, sent to a collector where the environment names one.

import { type ExporterSettings, exporterSettings } from './exporter-settings.ts';
import { type FinishedSpan, SpanExporter } from './span-exporter.ts';
import { childOf, parseTraceparent, type TraceContext } from './trace-context.ts';

/** Values that spans hold. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** What a span is of: a request that came in, a piece of work that was queued, a part of one of these. */
export type SpanKind = 'internal' | 'server' | 'consumer';

export type SpanOptions = {
  readonly kind?: SpanKind;
  /** A context, or the `traceparent` header that came with a request. */
  readonly parent?: TraceContext | string | undefined;
  readonly attributes?: Attributes;
};

/** A piece of work under way. */
export interface Span {
  readonly context: TraceContext;
  set(attributes: Attributes): void;
  /** Ends it; `error` says that it failed, and why. Further calls do nothing. */
  end(outcome?: { readonly error?: string }): void;
}

/** Makes spans. */
export interface Tracer {
  /** Whether spans go anywhere. */
  readonly isRecording: boolean;
  start(name: string, options?: SpanOptions): Span;
  /** Sends what has ended and stops. */
  close(): Promise<void>;
}

/**
 * The tracer that the environment asks for: OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) names the collector,
 * OTEL_EXPORTER_OTLP_HEADERS its headers, OTEL_SERVICE_NAME the service. Without them spans cost next to nothing and go nowhere.
 * @throws InputError for an address or protocol that cannot be served
 */
export function openTracer(env: NodeJS.ProcessEnv = process.env): Tracer {
  const settings = exporterSettings(env);
  return settings === undefined ? silentTracer : new ExportingTracer(settings);
}

/** Makes spans that go nowhere. */
export const silentTracer: Tracer = {
  isRecording: false,
  start: (_name, { parent } = {}) => ({
    context: childOf(contextOf(parent)),
    set: () => undefined,
    end: () => undefined,
  }),
  close: async () => undefined,
};

class ExportingTracer implements Tracer {
  readonly isRecording = true;
  readonly #exporter: SpanExporter;

  constructor(settings: ExporterSettings) {
    this.#exporter = new SpanExporter(settings);
  }

  start(name: string, { kind = 'internal', attributes = {}, ...options }: SpanOptions = {}): Span {
    const parent = contextOf(options.parent);
    const context = childOf(parent);
    const startedAt = nowNs();
    let all: Attributes = attributes;
    let open = true;
    return {
      context,
      set: (more) => {
        all = { ...all, ...more };
      },
      end: ({ error } = {}) => {
        if (!open) return;
        open = false;
        const span: FinishedSpan = {
          ...{ name, kind, context, startedAt, endedAt: nowNs(), attributes: all },
          ...(parent && { parentSpanId: parent.spanId }),
          ...(error !== undefined && { error }),
        };
        if (context.sampled) this.#exporter.add(span);
      },
    };
  }

  async close(): Promise<void> {
    await this.#exporter.close();
  }
}

function contextOf(parent: SpanOptions['parent']): TraceContext | undefined {
  return typeof parent === 'string' ? parseTraceparent(parent) : parent;
}

/** ns since 1970, finer than a millisecond. */
function nowNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
}
