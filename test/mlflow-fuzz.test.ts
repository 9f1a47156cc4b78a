// Requests gone wrong: recorded ones with values swapped for hostile ones, and random ones at every route. The server never fails at
// one (5xx), never touches a file outside of its roots, and serves on. HONE_FUZZ says how many (400 unless told).
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stores, workflows } from '../src/app/index.ts';
import {
  mlflowEndpoints,
  mlflowFace,
  openArtifactRoots,
  type RunningServer,
  serve,
} from '../src/server/index.ts';
import { flowNames, loadFlow } from '../src/testing/mlflow-replay/index.ts';
import { type RawRequest, Sender } from '../src/testing/mlflow-replay/send.ts';

const cases = Number(process.env.HONE_FUZZ ?? 400);
const secret = 'outside of every root';

type Ids = { readonly run: string; readonly model: string };
let directory: string;
let stores: Stores;
let server: RunningServer;
let sender: Sender;
let ids: Ids;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-fuzz-'));
  await writeFile(join(directory, 'secret.txt'), secret);
  const { openStores } = await workflows.stores();
  stores = await openStores({ data: join(directory, 'data') });
  const context = { ...stores, artifacts: await openArtifactRoots(stores.artifacts) };
  server = await serve({
    port: 0,
    faces: [mlflowFace(context)],
    log: ({ path, error }) => error !== undefined && faults.push(`${path} ${error}`),
  });
  sender = new Sender(server.url);
  const { info } = await stores.tracking.runs.create({ experimentId: '0', name: 'fuzzed' });
  await stores.registry.models.create('fuzzed');
  ids = { run: info.runId, model: 'fuzzed' };
});
afterAll(async () => {
  sender.close();
  await server.close();
  await stores.close();
  await rm(directory, { recursive: true, force: true });
});

/** What the server said of its own failures. */
const faults: string[] = [];

const recorded = flowNames().flatMap((name) => loadFlow(name).exchanges.map(({ request }) => request));
const routes = mlflowEndpoints.flatMap((endpoint) => endpoint.routes);

const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '../../secret.txt',
    '..%2f..%2fsecret.txt',
    '%2e%2e/%2e%2e/secret.txt',
    '%252e%252e%252fsecret.txt',
    '/etc/passwd',
    'file:///etc/passwd',
    'C:\\x',
    '..\\..\\secret.txt',
    'a/../../b',
    "'; drop table runs; --",
    "metrics.m > 1 OR (NOT params.p = 'x')",
    '(((((',
    'metrics.`a b` > 1e400',
    'order_by',
    'NaN',
    '-0',
    '9'.repeat(400),
    '1e309',
    'eyJvZmZzZXQiOiAxfQ==',
    'runs:/x/y',
    'models:/x@y',
    'models:/m/1',
    '\u202e\u0000',
    '__proto__',
    'constructor',
    'toString',
    '𝕏'.repeat(300),
    'm-00000000000000000000000000000000',
  ),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer({ min: 1, max: 70_000 }).map((length) => 'x'.repeat(length)),
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small' },
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 31, -(2 ** 63), 2 ** 63, 1e308, {}, [], [[]], [null], {
    key: null,
  }),
  fc.double(),
  fc.jsonValue({ maxDepth: 4 }),
  fc.integer({ min: 10, max: 800 }).map((depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
);

type Mutation = { readonly at: number; readonly value: unknown; readonly removes: boolean };
const mutations = fc.array(fc.record({ at: fc.nat(), value: hostileValue, removes: fc.boolean() }), {
  maxLength: 3,
});

/** A recorded request, some of its values and parts of its path swapped. */
const mutated = fc
  .record({
    request: fc.constantFrom(...recorded),
    mutations,
    path: fc.option(fc.record({ at: fc.nat(), text: hostileText }), { freq: 2 }),
  })
  .map(
    ({ request, mutations: changes, path }): RawRequest => ({
      method: request.method,
      path: encodePath(path === null ? request.path : swapInPath(request.path, path.at, path.text)),
      headers: request.headers,
      body:
        request.body.kind === 'json'
          ? toBody(changes.reduce(mutate, request.body.value as unknown))
          : request.body.kind === 'text'
            ? Buffer.from(request.body.text)
            : undefined,
    }),
  );

const fieldName = fc.constantFrom(
  'run_id',
  'run_uuid',
  'experiment_id',
  'experiment_ids',
  'name',
  'new_name',
  'key',
  'value',
  'timestamp',
  'step',
  'metrics',
  'params',
  'tags',
  'filter',
  'order_by',
  'max_results',
  'page_token',
  'version',
  'alias',
  'stage',
  'source',
  'path',
  'model_id',
  'trace',
  'trace_ids',
  'status',
  'datasets',
  'models',
  'metric_key',
  'run_ids',
  'view_type',
  'records',
);

/** A body that is no JSON, or JSON of no end. */
const brokenBody = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom('[', '{"a":', '"', '\\', '{"key":"\\ud800')
    .chain((text) => fc.integer({ min: 1, max: 100_000 }).map((times) => Buffer.from(text.repeat(times)))),
);
const broken = fc.record({ request: fc.constantFrom(...recorded), body: brokenBody }).map(
  ({ request, body }): RawRequest => ({
    method: request.method,
    path: request.path,
    headers: request.headers,
    body,
  }),
);

/** A random request at one of the routes. */
const random = fc
  .record({
    route: fc.constantFrom(...routes),
    parts: fc.array(hostileText, { minLength: 3, maxLength: 3 }),
    fields: fc.dictionary(fieldName, hostileValue),
    query: fc.dictionary(fieldName, hostileText, { maxKeys: 4 }),
  })
  .map(({ route, parts, fields, query }): RawRequest => {
    const [method = '', path = ''] = route.split(' ');
    let index = 0;
    const filled = path.replace(
      /\{\w+\*?\}/g,
      () => encodeURIComponent((parts[index++ % parts.length] ?? 'x').toWellFormed()) || 'x',
    );
    const asked = new URLSearchParams(
      Object.entries(query).map(([name, text]): [string, string] => [name, text.toWellFormed()]),
    );
    return {
      method,
      path: `${filled}?${asked}`,
      headers: { 'content-type': 'application/json' },
      body: method === 'GET' ? undefined : toBody(fields),
    };
  });

test(`${cases} requests gone wrong never make the server fail or leave its roots`, {
  timeout: 60_000 + cases * 50,
}, async () => {
  const outside = await readdir(directory);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ arbitrary: mutated, weight: 6 }, { arbitrary: random, weight: 3 }, broken),
      async (raw) => {
        const answer = await sender.send(known(raw));
        const text = answer.body.toString();
        expect(text).not.toContain(secret);
        expect(text).not.toContain('root:x:0');
        // Multipart uploads and presigned downloads are said not to be there, as MLflow says it.
        if (answer.status !== 501)
          expect([answer.status, faults.splice(0), text]).toSatisfy(([status]) => Number(status) < 500);
      },
    ),
    {
      numRuns: cases,
      ...(process.env.HONE_FUZZ_SEED === undefined ? {} : { seed: Number(process.env.HONE_FUZZ_SEED) }),
    },
  );
  expect(await readdir(directory)).toEqual(outside);
  expect(await readFile(join(directory, 'secret.txt'), 'utf8')).toBe(secret);
  expect((await sender.send({ method: 'GET', path: '/health', headers: {}, body: undefined })).status).toBe(
    200,
  );
});

/** The request with things that exist in place of placeholders, so that it gets past the first check. */
function known(raw: RawRequest): RawRequest {
  const fill = (text: string) =>
    text
      .replaceAll('%7B%7B', '{{')
      .replaceAll('%7D%7D', '}}')
      .replace(/\{\{(\w+)(:\d+)?\}\}/g, (_, kind: string) =>
        kind === 'run' ? ids.run : kind === 'experiment' ? '0' : kind === 'host' ? sender.host : 'x',
      );
  const headers = Object.fromEntries(Object.entries(raw.headers).map(([name, value]) => [name, fill(value)]));
  return {
    ...raw,
    path: fill(raw.path),
    headers,
    body: raw.body === undefined ? undefined : Buffer.from(fill(raw.body.toString())),
  };
}

/** JSON with halves of surrogates as they are: they are escaped. */
function toBody(value: unknown): Buffer {
  // A recording holds long numbers exactly; in quotes they mean the same.
  const json = JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
  return Buffer.from(json ?? '');
}

/** A copy with one value swapped or removed, counted through the whole tree. */
function mutate(tree: unknown, { at, value, removes }: Mutation): unknown {
  const total = count(tree);
  let left = at % total;
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return removes ? undefined : value;
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node === 'object' && node !== null)
      return Object.fromEntries(Object.entries(node).map(([name, one]) => [name, walk(one)]));
    return node;
  };
  return walk(tree);
}

function count(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 1;
  return 1 + Object.values(node).reduce((sum: number, one) => sum + count(one), 0);
}

function swapInPath(path: string, at: number, text: string): string {
  const parts = path.split(/([/?&=])/);
  const index = 2 * (at % Math.ceil(parts.length / 2));
  parts[index] = at % 2 === 0 ? encodeURIComponent(text.toWellFormed()) : text;
  return parts.join('');
}

/** Only what a request line can carry at all; the length is that of the largest request line that Node reads. */
function encodePath(path: string): string {
  const line = path.toWellFormed().replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));
  return `/${line.replace(/^\/+/, '')}`.slice(0, 12_000);
}
