// A span of OpenTelemetry's protocol as ours.
import { InputError } from '../../core/index.ts';
import {
  pythonJson,
  type Span,
  type SpanAttributes,
  type SpanStatus,
  tryParseJson,
} from '../../tracking/index.ts';
import { pythonFloat } from '../mlflow/wire/index.ts';
import {
  type AnyValue,
  type KeyValue,
  type Span as OtlpSpan,
  Status_StatusCode as StatusCode,
} from './generated/otlp_pb.js';

/** The attribute by which MLflow's client says what the trace is called. */
const traceIdKey = 'mlflow.traceRequestId';

/** @throws InputError for a span without ids, or with longer ones than the protocol has */
export function spanFromOtlp(span: OtlpSpan): Span {
  const otelTraceId = hexId(span.traceId, 16);
  const attributes = attributesOf(span.attributes);
  const named = textIn(attributes[traceIdKey]);
  const traceId = named ?? `tr-${otelTraceId}`;
  return {
    traceId,
    otelTraceId,
    spanId: hexId(span.spanId, 8),
    parentId: span.parentSpanId.length === 0 ? undefined : hexId(span.parentSpanId, 8),
    name: storable(span.name),
    startTime: span.startTimeUnixNano,
    endTime: span.endTimeUnixNano || undefined,
    status: statusOf(span.status?.code),
    statusMessage: storable(span.status?.message ?? ''),
    attributes: { [traceIdKey]: pythonJson(traceId), ...attributes },
    events: span.events.map((event) => ({
      name: storable(event.name),
      time: event.timeUnixNano,
      attributes: attributesOf(event.attributes),
    })),
  };
}

/** Hexadecimal digits of an id of so many bytes; shorter ones are filled up. */
function hexId(bytes: Uint8Array, length: number): string {
  if (bytes.length === 0 || bytes.length > length)
    throw new InputError(`Cannot take an id of ${bytes.length} bytes; send one of ${length}`);
  return Buffer.from(bytes)
    .toString('hex')
    .padStart(2 * length, '0');
}

function statusOf(code: StatusCode | undefined): SpanStatus {
  if (code === StatusCode.OK) return 'OK';
  return code === StatusCode.ERROR ? 'ERROR' : 'UNSET';
}

function attributesOf(pairs: readonly KeyValue[]): SpanAttributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [storable(key), jsonOf(value)]));
}

/** The value as JSON. Integers stay whole, doubles have a point, bytes are base64. */
function jsonOf(any: AnyValue | undefined): string {
  const value = any?.value;
  switch (value?.case) {
    case 'stringValue':
      return JSON.stringify(value.value);
    case 'boolValue':
    case 'intValue':
      return String(value.value);
    case 'doubleValue':
      return Number.isFinite(value.value) ? pythonFloat(value.value) : String(value.value);
    case 'bytesValue':
      return JSON.stringify(Buffer.from(value.value).toString('base64'));
    case 'arrayValue':
      return `[${value.value.values.map(jsonOf).join(', ')}]`;
    case 'kvlistValue': {
      const members = new Map(value.value.values.map(({ key, value: one }) => [key, jsonOf(one)]));
      return `{${[...members].map(([key, json]) => `${JSON.stringify(key)}: ${json}`).join(', ')}}`;
    }
    default:
      return 'null';
  }
}

function textIn(json: string | undefined): string | undefined {
  const value = json === undefined ? undefined : tryParseJson(json);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Databases keep no NUL, and a span is worth more than one character of its name. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd').toWellFormed();
}
