// Spans as OpenTelemetry's messages in JSON, and as the files have them in which clients kept spans before servers did.
import { foldJson, NumberText, type Span, type SpanAttributes } from '../../../tracking/index.ts';
import { pythonFloat } from '../wire/index.ts';
import type { Tree } from './trace-fields.ts';

/** A span of OpenTelemetry's protocol. */
export function toSpanTree(span: Span): Tree {
  return {
    trace_id: base64(span.otelTraceId),
    span_id: base64(span.spanId),
    parent_span_id: span.parentId === undefined ? undefined : base64(span.parentId),
    name: span.name || undefined,
    start_time_unix_nano: span.startTime || undefined,
    end_time_unix_nano: span.endTime || undefined,
    attributes: attributeTrees(span.attributes),
    events:
      span.events.length === 0
        ? undefined
        : span.events.map(({ name, time, attributes }) => ({
            time_unix_nano: time || undefined,
            name: name || undefined,
            attributes: attributeTrees(attributes),
          })),
    status: {
      message: span.statusMessage || undefined,
      code: span.status === 'UNSET' ? undefined : `STATUS_CODE_${span.status}`,
    },
  };
}

/** A span of a file `traces.json`. */
export function toFileSpan(span: Span): Tree {
  return {
    trace_id: base64(span.otelTraceId),
    span_id: base64(span.spanId),
    parent_span_id: span.parentId === undefined ? null : base64(span.parentId),
    name: span.name,
    start_time_unix_nano: span.startTime,
    end_time_unix_nano: span.endTime ?? null,
    events: span.events.map(({ name, time, attributes }) => ({
      name,
      time_unix_nano: time,
      attributes: Object.fromEntries(Object.entries(attributes).map(([key, json]) => [key, plainTree(json)])),
    })),
    status: { code: `STATUS_CODE_${span.status}`, message: span.statusMessage },
    attributes: span.attributes,
  };
}

function attributeTrees(attributes: SpanAttributes): readonly Tree[] | undefined {
  const pairs = Object.entries(attributes);
  return pairs.length === 0 ? undefined : pairs.map(([key, json]) => ({ key, value: valueTree(json) }));
}

/** What null is in OpenTelemetry: a value of no kind. */
const nothing: Tree = {};

/** A value of OpenTelemetry: what kind it is, and the value. */
function valueTree(json: string): Tree | undefined {
  try {
    const value = foldJson<Tree>(json, {
      null: () => nothing,
      boolean: (value) => ({ bool_value: value }),
      string: (value) => ({ string_value: value }),
      number: numberTree,
      array: (children) => ({ array_value: children.length === 0 ? {} : { values: children } }),
      object: (children) => ({
        kvlist_value:
          children.length === 0 ? {} : { values: children.map(([key, one]) => ({ key, value: given(one) })) },
      }),
    });
    return given(value);
  } catch {
    return { string_value: json };
  }
}

/** The value, unless it is of no kind: then it is left out. */
function given(value: Tree): Tree | undefined {
  return value === nothing ? undefined : value;
}

function plainTree(json: string): Tree {
  return foldJson<Tree>(json, {
    null: () => null,
    boolean: (value) => value,
    string: (value) => value,
    number: (text) => new NumberText(text),
    array: (children) => children,
    object: (children) => Object.fromEntries(children),
  });
}

function numberTree(text: string): Tree {
  if (/^-?\d+$/.test(text)) return { int_value: new NumberText(text) };
  const value = Number(text);
  return { double_value: Number.isFinite(value) ? new NumberText(pythonFloat(value)) : text };
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
