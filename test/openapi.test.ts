// The description at /openapi.json: well-formed OpenAPI 3.1 of every route.
import { expect, test } from 'vitest';
import { mlflowEndpoints } from '../src/server/index.ts';
import { openHardened } from './hardening/service.ts';

type Json = Readonly<Record<string, unknown>>;
type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
  readonly security: readonly Json[];
};

const service = await openHardened();
const document: {
  readonly openapi: string;
  readonly info: Json;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Json };
} = JSON.parse(await (await fetch(`${service.url}/openapi.json`)).text());
await service.stop();

const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
  Object.entries(verbs).map(([verb, operation]) => ({ path, verb, ...operation })),
);

test('it is OpenAPI 3.1 with a title and a version', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
});

test('each operation has a name of its own, verbs and answers that OpenAPI knows, and a scheme that is declared', () => {
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  const schemes = Object.keys(document.components.securitySchemes);
  for (const { path, verb, operationId, responses, security } of operations) {
    expect(operationId, `${verb} ${path}`).toMatch(/^[a-z][A-Za-z0-9]*$/);
    expect(['get', 'put', 'post', 'delete', 'patch']).toContain(verb);
    for (const [status, { description }] of Object.entries(responses)) {
      expect(status).toMatch(/^([1-5]\d\d|default)$/);
      expect(description).not.toBe('');
    }
    for (const one of security) expect(schemes).toEqual(expect.arrayContaining(Object.keys(one)));
  }
});

test('the parameters of a path are those of its template, each once, and no two templates are the same', () => {
  for (const { path, verb, parameters } of operations) {
    expect(path).toMatch(/^\/([\w.~-]+|\{\w+\}|\/)*$/);
    const inPath = parameters.filter((one) => one.in === 'path');
    const templated = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(
      inPath.map(({ name }) => name),
      `${verb} ${path}`,
    ).toEqual(templated);
    expect(inPath.every(({ required }) => required)).toBe(true);
    const all = parameters.map((one) => `${one.in} ${one.name}`);
    expect(new Set(all).size).toBe(all.length);
  }
  const shapes = Object.keys(document.paths).map((path) => path.replaceAll(/\{\w+\}/g, '{}'));
  expect(new Set(shapes).size).toBe(shapes.length);
});

test('every reference leads somewhere', () => {
  const walk = (value: unknown, from: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('$ref' in value) expect(resolve(String(value.$ref), from), String(value.$ref)).toBeDefined();
    // A schema that is written into the document refers to itself from its own root
    const root = 'schema' in value ? value.schema : undefined;
    for (const [key, child] of Object.entries(value)) walk(child, key === 'schema' ? root : from);
  };
  walk(document, document);
});

function resolve(ref: string, root: unknown): unknown {
  expect(ref).toMatch(/^#/);
  const steps = ref.slice(1).split('/').slice(1);
  return steps.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    root,
  );
}

test('it has the routes of all protocols', () => {
  const tags = new Set(operations.flatMap((one) => one.tags));
  expect([...tags].toSorted()).toEqual(['dpo', 'mlflow', 'openai', 'operations']);
  const described = new Set(operations.map(({ verb, path }) => `${verb.toUpperCase()} ${path}`));
  for (const route of mlflowEndpoints.flatMap(({ routes }) => routes)) {
    const path = route.replaceAll('*}', '}');
    expect(described.has(path) || described.has(path.replace(' /ajax-api/', ' /api/')), route).toBe(true);
  }
  for (const route of [
    'POST /v1/files',
    'POST /v1/fine_tuning/jobs',
    'GET /v1/fine_tuning/jobs/{id}/events',
    'POST /v1/chat/completions',
    'POST /v1/completions',
    'POST /v1/embeddings',
    'GET /v1/models',
    'POST /trigger-finetune',
    'GET /runs/{id}',
    'GET /metrics',
  ])
    expect([...described].map((one) => one.replaceAll(/\{\w+\}/g, '{id}'))).toContain(route);
});

test('bodies of what takes JSON are described', () => {
  const chat = document.paths['/v1/chat/completions']?.post?.requestBody?.content['application/json']?.schema;
  expect(chat).toMatchObject({ type: 'object', required: expect.arrayContaining(['model', 'messages']) });
  const bare = operations.filter(
    ({ tags, verb, path, requestBody }) =>
      tags[0] !== 'mlflow' &&
      ['post', 'put', 'patch'].includes(verb) &&
      requestBody === undefined &&
      !/cancel|pause|resume/.test(path),
  );
  expect(bare.map(({ path }) => path)).toEqual([]);
});
