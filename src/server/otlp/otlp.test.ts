// Spans come by OpenTelemetry's protocol and go back to MLflow's clients as they came.
import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendRaw } from '../test-support/raw-request.ts';
import { startServer, type TestServer } from '../test-support/start-server.ts';
import {
  type AnyValue,
  ExportTraceServiceRequestSchema,
  Status_StatusCode as StatusCode,
} from './generated/otlp_pb.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const protobuf = { 'content-type': 'application/x-protobuf', 'x-mlflow-experiment-id': '0' };

/** A root span of the trace that begins with `digit`, with attributes of every kind. */
function exported(digit: number): Uint8Array {
  const value = (one: AnyValue['value']) => ({ value: one });
  const span = {
    traceId: new Uint8Array(16).fill(digit),
    spanId: new Uint8Array(8).fill(digit),
    name: 'root',
    startTimeUnixNano: 1_795_182_120_543_743_504n,
    endTimeUnixNano: 1_795_182_120_568_266_031n,
    attributes: [
      { key: 'text', value: value({ case: 'stringValue', value: 'ü' }) },
      { key: 'whole', value: value({ case: 'intValue', value: 9_007_199_254_740_993n }) },
      { key: 'double', value: value({ case: 'doubleValue', value: 2 }) },
      { key: 'flag', value: value({ case: 'boolValue', value: false }) },
      { key: 'nothing' },
    ],
    events: [{ name: 'e', timeUnixNano: 1_795_182_120_544_346_112n }],
    status: { code: StatusCode.ERROR, message: 'why' },
  };
  const request = create(ExportTraceServiceRequestSchema, {
    resourceSpans: [{ scopeSpans: [{ spans: [span] }] }],
  });
  return toBinary(ExportTraceServiceRequestSchema, request);
}

test('POST /v1/traces keeps spans that GET traces/get gives back to the digit', async () => {
  const answer = await sendRaw(server.url, 'POST /v1/traces', { headers: protobuf, body: exported(1) });
  expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
    200,
    'application/x-protobuf',
    '',
  ]);
  const { text } = await sendRaw(server.url, `GET /api/3.0/mlflow/traces/get?trace_id=tr-${'01'.repeat(16)}`);
  expect(text.slice(text.indexOf('"spans"'))).toBe(`"spans": [
      {
        "trace_id": "AQEBAQEBAQEBAQEBAQEBAQ==",
        "span_id": "AQEBAQEBAQE=",
        "name": "root",
        "start_time_unix_nano": 1795182120543743504,
        "end_time_unix_nano": 1795182120568266031,
        "attributes": [
          {
            "key": "mlflow.traceRequestId",
            "value": {
              "string_value": "tr-01010101010101010101010101010101"
            }
          },
          {
            "key": "text",
            "value": {
              "string_value": "\\u00fc"
            }
          },
          {
            "key": "whole",
            "value": {
              "int_value": 9007199254740993
            }
          },
          {
            "key": "double",
            "value": {
              "double_value": 2.0
            }
          },
          {
            "key": "flag",
            "value": {
              "bool_value": false
            }
          },
          {
            "key": "nothing"
          }
        ],
        "events": [
          {
            "time_unix_nano": 1795182120544346112,
            "name": "e"
          }
        ],
        "status": {
          "message": "why",
          "code": "STATUS_CODE_ERROR"
        }
      }
    ]
  }
}`);
});

test('POST /v1/traces takes gzip, and JSON with ids in hexadecimal', async () => {
  const headers = { ...protobuf, 'content-encoding': 'gzip' };
  expect(
    (await sendRaw(server.url, 'POST /v1/traces', { headers, body: gzipSync(exported(2)) })).status,
  ).toBe(200);
  const span = {
    traceId: '03'.repeat(16),
    spanId: '04'.repeat(8),
    name: 'json',
    kind: 1,
    startTimeUnixNano: '1795182120000000001',
    attributes: [
      {
        key: 'list',
        value: {
          arrayValue: { values: [{ intValue: '1' }, {}, { kvlistValue: { values: [{ key: 'a' }] } }] },
        },
      },
    ],
  };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  const json = await sendRaw(server.url, 'POST /v1/traces', {
    headers: { ...protobuf, 'content-type': 'application/json' },
    body,
  });
  expect([json.status, json.text]).toEqual([200, '{}']);
  const { spans } = server.context.tracking.tracing;
  expect((await spans.get(`tr-${'02'.repeat(16)}`)).spans).toHaveLength(1);
  expect((await spans.get(`tr-${'03'.repeat(16)}`)).spans[0]).toMatchObject({
    name: 'json',
    startTime: 1_795_182_120_000_000_001n,
    endTime: undefined,
    status: 'UNSET',
    attributes: { list: '[1, null, {"a": null}]' },
  });
  const file = await sendRaw(
    server.url,
    `GET /ajax-api/2.0/mlflow/get-trace-artifact?request_id=tr-${'03'.repeat(16)}`,
  );
  expect(JSON.parse(file.text)).toMatchObject({
    spans: [{ name: 'json', attributes: { list: '[1, null, {"a": null}]' } }],
  });
  expect(file.headers['content-disposition']).toBe('attachment; filename=traces.json');
});

test("POST /v1/traces refuses with MLflow's words", async () => {
  const refused = async (headers: Readonly<Record<string, string>>, body: Uint8Array | string) => {
    const { status, text } = await sendRaw(server.url, 'POST /v1/traces', { headers, body });
    return `${status} ${text}`;
  };
  expect(await refused({ 'content-type': 'application/x-protobuf' }, 'x')).toBe(
    '422 {"detail":[{"type":"missing","loc":["header","x-mlflow-experiment-id"],"msg":"Field required","input":null}]}',
  );
  expect(await refused({ ...protobuf, 'content-type': 'text/plain' }, 'x')).toBe(
    '400 {"detail":"Invalid Content-Type: text/plain. Expected: application/x-protobuf"}',
  );
  expect(await refused(protobuf, '')).toBe(
    '400 {"detail":"Invalid OpenTelemetry protobuf format - no spans found"}',
  );
  expect(await refused(protobuf, 'xxxxx')).toMatch(/^400 .*Invalid OpenTelemetry protobuf format/);
  expect(await refused({ ...protobuf, 'content-encoding': 'gzip' }, 'x')).toBe(
    '400 {"detail":"Failed to decompress gzip payload"}',
  );
  expect(await refused({ ...protobuf, 'content-encoding': 'br' }, 'x')).toBe(
    '400 {"detail":"Unsupported Content-Encoding: br"}',
  );
  expect(await refused({ ...protobuf, 'x-mlflow-experiment-id': '99' }, exported(5))).toMatch(
    /^404 .*No Experiment with id=99 exists/,
  );
  const noIds = create(ExportTraceServiceRequestSchema, {
    resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'x' }] }] }],
  });
  expect(await refused(protobuf, toBinary(ExportTraceServiceRequestSchema, noIds))).toBe(
    '422 {"detail":"Cannot convert OpenTelemetry span to MLflow span"}',
  );
});
