// Sends ended spans to a collector in batches, as OTLP's JSON; a collector that is away costs spans, never the work.
import type { ExporterSettings } from './exporter-settings.ts';
import type { TraceContext } from './trace-context.ts';
import type { Attributes, SpanKind } from './tracer.ts';

/** A span that has ended; times in ns since 1970. */
export type FinishedSpan = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: TraceContext;
  readonly parentSpanId?: string;
  readonly startedAt: bigint;
  readonly endedAt: bigint;
  readonly attributes: Attributes;
  readonly error?: string;
};

const batchSize = 512;
/** Beyond this the oldest are dropped. */
const mostWaiting = 8192;
const intervalMs = 5000;
const timeoutMs = 10_000;

/** OTLP's numbers. */
const kinds: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, consumer: 5 };

export class SpanExporter {
  readonly #settings: ExporterSettings;
  readonly #timer: NodeJS.Timeout;
  #waiting: FinishedSpan[] = [];
  #sending: Promise<void> = Promise.resolve();

  constructor(settings: ExporterSettings) {
    this.#settings = settings;
    this.#timer = setInterval(() => this.#flush(), intervalMs).unref();
  }

  add(span: FinishedSpan): void {
    this.#waiting.push(span);
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    if (this.#waiting.length >= batchSize) this.#flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush();
    await this.#sending;
  }

  #flush(): void {
    const spans = this.#waiting;
    if (spans.length === 0) return;
    this.#waiting = [];
    this.#sending = this.#sending.then(() => this.#send(spans));
  }

  async #send(spans: readonly FinishedSpan[]): Promise<void> {
    const { url, headers, resource } = this.#settings;
    const body = JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: keyValues(resource) },
          scopeSpans: [{ scope: { name: 'hone' }, spans: spans.map(otlpSpan) }],
        },
      ],
    });
    const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
    // What cannot be sent is lost: tracing must not hold up what it watches
    await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) }).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    );
  }
}

function otlpSpan({
  name,
  kind,
  context,
  parentSpanId,
  startedAt,
  endedAt,
  attributes,
  error,
}: FinishedSpan) {
  return {
    ...{ traceId: context.traceId, spanId: context.spanId, parentSpanId: parentSpanId ?? '' },
    ...{ name, kind: kinds[kind] },
    startTimeUnixNano: String(startedAt),
    endTimeUnixNano: String(endedAt),
    attributes: keyValues(attributes),
    status: error === undefined ? {} : { code: 2, message: error },
  };
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attributes[string]) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
