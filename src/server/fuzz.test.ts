// Every endpoint under hostile requests: whatever comes, the answer is never a fault of the server's.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Endpoint } from './mlflow/endpoint.ts';
import { mlflowEndpoints } from './mlflow/routes.ts';
import { sendRaw } from './test-support/raw-request.ts';
import { startServer } from './test-support/start-server.ts';

const faults: string[] = [];
const server = await startServer({
  log: ({ path, error }) => error !== undefined && faults.push(`${path} ${error}`),
});
afterAll(() => server.stop());

const { tracking, registry } = server.context;
const { info } = await tracking.runs.create({ experimentId: '0' });
const { modelId } = await tracking.loggedModels.create({ experimentId: '0' });
await registry.models.create('model');
/** Values that lead further than to 'no such thing'. */
const existing: Readonly<Record<string, unknown>> = {
  run_id: info.runId,
  run_uuid: info.runId,
  run_ids: [info.runId],
  experiment_id: '0',
  experiment_ids: ['0'],
  model_id: modelId,
  name: 'model',
};

const nasty = fc.constantFrom<unknown>(
  '',
  '0',
  '-1',
  'a\u0000b',
  '\ud800',
  '😀',
  '../..',
  "' OR 1=1 --",
  '%',
  'NaN',
  '1e999',
  -1,
  1.5,
  1e300,
  2 ** 53,
  -(2 ** 63),
  true,
  null,
  {},
  [],
  [null],
  [{}],
  [[]],
  { key: 'a', value: 'b' },
  [{ key: 'a', value: 1, timestamp: 1 }],
  'x'.repeat(70_000),
  "metrics.a > 1 AND params.`b` = 'c' OR NOT (tags.d LIKE '%')",
  ['metrics.a DESC'],
  'eyJvZmZzZXQiOiAxfQ==',
);
const value = fc.oneof(
  { weight: 4, arbitrary: nasty },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

function fieldValue(name: string): fc.Arbitrary<unknown> {
  if (!(name in existing)) return value;
  return fc.oneof({ weight: 3, arbitrary: fc.constant(existing[name]) }, { weight: 1, arbitrary: value });
}

/** The fields of an endpoint, each absent or anything; and what is no field. */
function requestOf({ request = {} }: Endpoint): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(
    [...Object.keys(request), 'run_uuid', 'unknown'].map((name) => [name, fieldValue(name)]),
  );
  return fc.record(fields, { requiredKeys: [] });
}

function queryOf(request: Record<string, unknown>): string {
  const pairs = Object.entries(request).map(([name, one]) => `${name}=${encodeURIComponent(asText(one))}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function pathOf(path: string, request: Record<string, unknown>): string {
  return path.replace(
    /\{(\w+)\*?\}/g,
    (_, name: string) => encodeURIComponent(asText(request[name] ?? 'x')) || 'x',
  );
}

function asText(one: unknown): string {
  return (typeof one === 'string' ? one : (JSON.stringify(one) ?? '')).slice(0, 2000).toWellFormed();
}

test.each(mlflowEndpoints.map((one) => [one.routes.join(', '), one] as const))('%s', async (_, endpoint) => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...endpoint.routes), requestOf(endpoint), async (route, request) => {
      const [verb = '', path = ''] = route.split(' ');
      const isGet = verb === 'GET';
      const answer = await sendRaw(
        server.url,
        `${verb} ${pathOf(path, request)}${isGet ? queryOf(request) : ''}`,
        {
          headers: { 'content-type': 'application/json' },
          ...(isGet ? {} : { body: JSON.stringify(request) }),
        },
      );
      expect(faults).toEqual([]);
      // 501 is how an endpoint says that this store has no such thing.
      expect(answer.status === 501 || answer.status < 500).toBe(true);
    }),
    { numRuns: 40 },
  );
});
