// A span as a row: columns for what is searched and counted, JSON for the rest.
import type { InsertMany, Value } from '../../../store/index.ts';
import type { Span, SpanAttributes, SpanEvent, SpanStatus } from '../entities.ts';
import { tryParseJson } from '../json-text.ts';
import { spanAttributes } from '../keys.ts';

/** What the columns do not tell. `start` and `end` are nanoseconds, as texts: a double does not hold them. */
type SpanContent = {
  readonly otelTraceId: string;
  readonly name: string;
  readonly start: string;
  readonly end?: string;
  readonly message: string;
  readonly attributes: SpanAttributes;
  readonly events: readonly {
    readonly name: string;
    readonly time: string;
    readonly attributes: SpanAttributes;
  }[];
};

/** A row as a span is read back from it. */
export type SpanRow = {
  readonly span_id: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly status: SpanStatus;
  readonly content: string;
};

export const insertSpans = {
  into: 'spans',
  columns: {
    trace: 'bigint',
    span_id: 'text',
    parent_id: 'text',
    name: 'text',
    type: 'text',
    status: 'text',
    start_us: 'bigint',
    duration_ns: 'bigint',
    model: 'text',
    provider: 'text',
    content: 'text',
  },
  onConflict: `on conflict (trace, span_id) do update set parent_id = excluded.parent_id, name = excluded.name, type = excluded.type,
    status = excluded.status, start_us = excluded.start_us, duration_ns = excluded.duration_ns, model = excluded.model,
    provider = excluded.provider, content = excluded.content`,
} as const satisfies InsertMany;

/** The values of {@link insertSpans}. */
export function spanValues(trace: number, span: Span): readonly Value[] {
  const { attributes } = span;
  return [
    trace,
    span.spanId,
    span.parentId ?? null,
    span.name,
    textOf(attributes[spanAttributes.type]),
    span.status,
    Number(span.startTime / 1000n),
    durationOf(span),
    textOf(attributes[spanAttributes.model]),
    textOf(attributes[spanAttributes.provider]),
    contentOf(span),
  ];
}

/** The span of a row. */
export function toSpan(traceId: string, row: SpanRow): Span {
  // Written by contentOf alone.
  const content = JSON.parse(row.content) as SpanContent;
  return {
    traceId,
    otelTraceId: content.otelTraceId,
    spanId: row.span_id,
    parentId: row.parent_id ?? undefined,
    name: row.name,
    startTime: BigInt(content.start),
    endTime: content.end === undefined ? undefined : BigInt(content.end),
    status: row.status,
    statusMessage: content.message,
    attributes: content.attributes,
    events: content.events.map(({ time, ...event }): SpanEvent => ({ ...event, time: BigInt(time) })),
  };
}

/** The order of a trace: root spans, then the others, each by their start. */
export function inTraceOrder(spans: readonly Span[]): readonly Span[] {
  return spans.toSorted((left, right) => {
    const depth = Number(left.parentId !== undefined) - Number(right.parentId !== undefined);
    return depth || Number(left.startTime - right.startTime);
  });
}

function contentOf(span: Span): string {
  const content: SpanContent = {
    otelTraceId: span.otelTraceId,
    name: span.name,
    start: String(span.startTime),
    ...(span.endTime !== undefined && { end: String(span.endTime) }),
    message: span.statusMessage,
    attributes: span.attributes,
    events: span.events.map(({ time, ...event }) => ({ ...event, time: String(time) })),
  };
  return JSON.stringify(content);
}

/** Nanoseconds; of more than 104 days the largest whole number. */
function durationOf({ startTime, endTime }: Span): number | null {
  if (endTime === undefined) return null;
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  const duration = endTime - startTime;
  return Number(duration > limit ? limit : duration < -limit ? -limit : duration);
}

function textOf(json: string | undefined): string | null {
  const value = json === undefined ? undefined : tryParseJson(json);
  return typeof value === 'string' && value !== '' ? value : null;
}
