// FEATURES.md against the routes: what it says of MLflow's endpoints is what the server does.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendRaw } from '../test-support/raw-request.ts';
import { startServer, type TestServer } from '../test-support/start-server.ts';
import { uiEndpoints } from '../ui/index.ts';
import { knownRoutes, routesOf } from './known-routes.ts';
import { mlflowEndpoints } from './routes.ts';

type Row = { readonly routes: readonly string[]; readonly state: string };

const features = readFileSync(new URL('../../../FEATURES.md', import.meta.url), 'utf8');
const section = features.split('\n## ').find((text) => text.startsWith('MLflow 3.11 endpoints\n')) ?? '';
const rows = [...section.matchAll(/^\| `([A-Z, ]+) (\S+)` \| ([a-z ]+) \|/gm)].map(
  ([, verbs = '', path = '', state = '']): Row => {
    const row = `${verbs.replaceAll(', ', ',')} ${path.replace(/^\/api\//, '')}`;
    return { routes: routesOf(row), state };
  },
);
const served = new Set([...mlflowEndpoints, ...uiEndpoints('.')].flatMap(({ routes }) => routes.map(shape)));

/** A route whatever its parameters are called. */
function shape(route: string): string {
  return route.replace(/\{\w+(\*?)\}/g, '{$1}');
}

function routesIn(...states: readonly string[]): readonly string[] {
  return rows.filter(({ state }) => states.includes(state)).flatMap(({ routes }) => routes);
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

test('FEATURES.md lists every route of MLflow once, with a known state', () => {
  const listed = rows.flatMap(({ routes }) => routes);
  const known = Object.values(knownRoutes).flat().flatMap(routesOf);
  expect(listed.length).toBeGreaterThan(350);
  expect(listed.toSorted()).toEqual(known.toSorted());
  expect(new Set(listed).size).toBe(listed.length);
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['works', 'partial', 'out of scope']));
});

test('FEATURES.md says works or partial of what is served, with both twins, and of nothing else', () => {
  expect(routesIn('works', 'partial').filter((route) => !served.has(shape(route)))).toEqual([]);
  expect(routesIn('planned', 'out of scope').filter((route) => served.has(shape(route)))).toEqual([]);
});

test('the server has no route of its own among those of MLflow', () => {
  const listed = new Set(rows.flatMap(({ routes }) => routes.map(shape)));
  // MLflow has it below /ajax-api/ alone, where its path has the slash that the other one lacks.
  const own = 'POST /api/2.0/mlflow/experiments/search-datasets';
  expect([...served].filter((route) => !listed.has(route))).toEqual([own]);
});

test('what is out of scope answers 404 in a body that clients of MLflow read', async () => {
  for (const route of routesIn('out of scope')) {
    const line = route.replace(/\{\w+\*?\}/g, 'x');
    const { status, headers, text } = await sendRaw(server.url, line);
    expect([line, status, headers['content-type']]).toEqual([line, 404, 'application/json']);
    const { error_code, message } = JSON.parse(text);
    expect(error_code).toBe('ENDPOINT_NOT_FOUND');
    expect(message).toContain(`Cannot serve ${route}: `);
  }
});

test('what is not of MLflow at all is an unknown page', async () => {
  const { status, headers } = await sendRaw(server.url, 'GET /api/2.0/mlflow/nonsense');
  expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
});
