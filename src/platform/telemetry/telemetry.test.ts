// Traces: what a collector receives, and what the environment asks for.
import { createServer } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { formatTraceparent, openTracer, parseTraceparent } from './index.ts';

const bodies: { readonly path: string; readonly headers: unknown; readonly json: unknown }[] = [];
const collector = createServer((request, response) => {
  let text = '';
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => {
    bodies.push({ path: request.url ?? '', headers: request.headers, json: JSON.parse(text) });
    response.end('{}');
  });
});
await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
const address = collector.address();
const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
afterAll(() => collector.close());

test('a span reaches the collector in its trace, with attributes, times and its failure', async () => {
  const tracer = openTracer({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-token=a%20b',
    OTEL_SERVICE_NAME: 'tuner',
  });
  const parent = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  const span = tracer.start('job', { kind: 'consumer', parent, attributes: { 'job.id': 'ftjob-1' } });
  span.set({ steps: 7, loss: 0.5, resumed: true });
  span.end({ error: 'out of memory' });
  span.end();
  tracer.start('unseen', { parent: parent && { ...parent, sampled: false } }).end();
  await tracer.close();
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatchObject({
    path: '/v1/traces',
    headers: { 'x-token': 'a b' },
    json: {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'tuner' } }] },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: '0af7651916cd43dd8448eb211c80319c',
                  parentSpanId: 'b7ad6b7169203331',
                  spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
                  name: 'job',
                  kind: 5,
                  attributes: [
                    { key: 'job.id', value: { stringValue: 'ftjob-1' } },
                    { key: 'steps', value: { intValue: '7' } },
                    { key: 'loss', value: { doubleValue: 0.5 } },
                    { key: 'resumed', value: { boolValue: true } },
                  ],
                  status: { code: 2, message: 'out of memory' },
                  startTimeUnixNano: expect.stringMatching(/^\d{19}$/),
                },
              ],
            },
          ],
        },
      ],
    },
  });
});

test('openTracer() sends nothing without a collector, and survives one that is away', async () => {
  expect(openTracer({}).isRecording).toBe(false);
  expect(openTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'true' }).isRecording).toBe(
    false,
  );
  const away = openTracer({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/x' });
  away.start('lost').end();
  await expect(away.close()).resolves.toBeUndefined();
});

test('openTracer() refuses gRPC and what is no address', () => {
  const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  expect(() => openTracer(grpc)).toThrow(InputError);
  expect(() => openTracer({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' })).toThrow(
    'give an http or https address',
  );
});

test('parseTraceparent() takes what formatTraceparent() writes, and nothing that is not well-formed', () => {
  const text = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const context = parseTraceparent(text);
  expect(context && formatTraceparent(context)).toBe(text);
  const malformed = [
    '',
    'x',
    text.replace(/^00/, 'ff'),
    text.replace(/0af\w+/, '0'.repeat(32)),
    text.toUpperCase(),
  ];
  for (const each of [undefined, ...malformed]) expect(parseTraceparent(each)).toBeUndefined();
});
