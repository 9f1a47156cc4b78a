// The server's own answers: routes, refusals, errors and limits, over a real connection.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError, NotFoundError, ResourceError } from '../core/index.ts';
import { endpoint, rawEndpoint } from './mlflow/endpoint.ts';
import { mlflowEndpoints } from './mlflow/routes.ts';
import { int64, repeated, required, string } from './mlflow/wire/index.ts';
import { type RawRequest, sendJson, sendRaw } from './test-support/raw-request.ts';
import { startServer, type TestServer } from './test-support/start-server.ts';

const errors: Readonly<Record<string, unknown>> = {
  missing: new NotFoundError('No such é'),
  input: new InputError('Bad'),
  machine: new ResourceError('Disk /secret is full'),
  bug: new TypeError('secret of the code'),
};
const echo = endpoint({
  route: [
    'GET /api/2.0/mlflow/test/echo',
    'POST /api/2.0/mlflow/test/echo',
    'DELETE /api/2.0/mlflow/test/{name}/echo',
  ],
  request: { name: required(string()), count: int64(), list: repeated(string()) },
  response: { name: string(), count: int64(), list: repeated(string()) },
  handle: async ({ request }) => request,
});
const fail = endpoint({
  route: 'POST /api/2.0/mlflow/test/fail',
  request: { with: string() },
  response: {},
  handle: async ({ request }) => {
    throw errors[request.with ?? ''];
  },
});
const rest = rawEndpoint({
  route: 'GET /api/2.0/mlflow/test/rest/{path*}',
  handle: ({ params }) => ({ body: JSON.stringify(params.path) }),
});

const lines: string[] = [];
let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    endpoints: [...mlflowEndpoints, echo, fail, rest],
    bodyLimit: 1000,
    log: ({ requestId, error }) => error !== undefined && lines.push(`${requestId} ${error}`),
    allowedHosts: ['hone.example'],
    allowedOrigins: ['https://page.example'],
  });
});
afterAll(() => server.stop());

const send = (line: string, options?: RawRequest) => sendRaw(server.url, line, options);
const post = (path: string, json: unknown) => sendJson(server.url, path, json);

test('the server says that it is well, and which MLflow it speaks', async () => {
  expect(await send('GET /health')).toMatchObject({ status: 200, text: 'OK' });
  expect(await send('HEAD /health')).toMatchObject({
    status: 200,
    text: '',
    headers: { 'content-length': '2' },
  });
  expect(await send('GET /version')).toMatchObject({ status: 200, text: '3.11.1' });
  expect(await send('GET /ajax-api/3.0/mlflow/server-info')).toMatchObject({
    text: '{"store_type":"SqlStore","workspaces_enabled":false}\n',
    headers: {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
    },
  });
});

test('an unknown route is a page, a wrong verb another that names the right ones', async () => {
  const page = { headers: { 'content-type': 'text/html; charset=utf-8' } };
  expect(await send('GET /api/2.0/preview/mlflow/test/echo')).toMatchObject({ status: 404, ...page });
  const wrong = await send('PUT /api/2.0/mlflow/test/echo');
  expect(wrong).toMatchObject({ status: 405, ...page });
  expect(wrong.headers.allow).toBe('GET, POST, OPTIONS');
  expect(wrong.text).toContain('<title>405 Method Not Allowed</title>');
  expect((await send('GET /api/2.0/mlflow/test/x/echo')).headers.allow).toBe('DELETE, OPTIONS');
});

test('endpoint() reads a query, a body or the path, below /api and /ajax-api', async () => {
  const text = '{\n  "name": "é",\n  "count": 3,\n  "list": [\n    "a"\n  ]\n}'.replace('é', '\\u00e9');
  const query = 'name=%C3%A9&count=3&list=a';
  expect(await send(`GET /api/2.0/mlflow/test/echo?${query}`)).toMatchObject({ status: 200, text });
  expect(await send(`GET /ajax-api/2.0/mlflow/test/echo?${query}`)).toMatchObject({ status: 200, text });
  expect(await post('/api/2.0/mlflow/test/echo', { name: 'é', count: '3', list: ['a'] })).toMatchObject({
    text,
  });
  const body = JSON.stringify({ name: 'ignored', count: 3, list: ['a'] });
  expect(await send('DELETE /api/2.0/mlflow/test/%C3%A9/echo?name=ignored', { body })).toMatchObject({
    text,
  });
  expect(await send('GET /api/2.0/mlflow/test/echo', { body })).toMatchObject({ status: 200 });
});

test('rawEndpoint() takes the rest of a path', async () => {
  expect((await send('GET /api/2.0/mlflow/test/rest/a/b%2Fc%20d')).text).toBe('"a/b/c d"');
});

test('a POST must name application/json', async () => {
  const path = 'POST /api/2.0/mlflow/test/echo';
  const refused = "Bad Request. Content-Type must be one of ['application/json'].";
  const body = '{"name":"a"}';
  for (const type of ['text/plain', 'nonsense', 'application/jsonx']) {
    const answer = await send(path, { body, headers: { 'content-type': type } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: refused,
    });
  }
  const without = await send(path, { body });
  expect(JSON.parse(without.text).message).toBe('Bad Request. Content-Type header is missing.');
  const parameters = { 'content-type': 'application/json; charset=utf-8' };
  expect((await send(path, { body, headers: parameters })).status).toBe(200);
});

test('errors carry MLflow’s codes; what went wrong within stays within', async () => {
  expect(await post('/api/2.0/mlflow/test/fail', { with: 'missing' })).toMatchObject({
    status: 404,
    text: '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No such \\u00e9", "sqlstate": "KAM00", "error_class": "RESOURCE_NOT_FOUND"}',
    headers: { 'content-type': 'application/json' },
  });
  expect(await post('/api/2.0/mlflow/test/fail', { with: 'input' })).toMatchObject({
    status: 400,
    text: '{"error_code": "INVALID_PARAMETER_VALUE", "message": "Bad", "sqlstate": "KAM00", "error_class": "INVALID_PARAMETER_VALUE"}',
  });
  expect(lines).toEqual([]);
  for (const [which, status] of [
    ['machine', 503],
    ['bug', 500],
  ] as const) {
    const answer = await post('/api/2.0/mlflow/test/fail', { with: which });
    expect(answer.status).toBe(status);
    expect(answer.text).not.toContain('secret');
    const line = lines.pop() ?? '';
    expect(line).toContain('secret');
    expect(answer.text).toContain(line.slice(0, 36));
  }
});

test('a body over the limit is refused, announced or not', async () => {
  const body = JSON.stringify({ name: 'a'.repeat(1000) });
  const headers = { 'content-type': 'application/json' };
  const announced = await send('POST /api/2.0/mlflow/test/echo', { headers, body });
  expect(announced).toMatchObject({ status: 413, headers: { connection: 'close' } });
  const chunked = { ...headers, 'transfer-encoding': 'chunked' };
  expect((await send('POST /api/2.0/mlflow/test/echo', { headers: chunked, body })).status).toBe(413);
  expect((await post('/api/2.0/mlflow/test/echo', { name: 'a'.repeat(900) })).status).toBe(200);
});

test('an address that cannot be decoded is refused', async () => {
  const answer = await send('GET /api/2.0/mlflow/test/rest/%zz');
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.text).error_code).toBe('INVALID_PARAMETER_VALUE');
});

test('the Host header must be a loopback’s or an allowed one, except for /health and /version', async () => {
  const to = (host: string, path = '/api/3.0/mlflow/server-info') =>
    send(`GET ${path}`, { headers: { host } });
  for (const host of [
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1:99',
    '[::1]:5000',
    'hone.example',
    'hone.example:80',
  ])
    expect((await to(host)).status).toBe(200);
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'x:localhost'])
    expect(await to(host)).toMatchObject({
      status: 403,
      text: 'Invalid Host header - possible DNS rebinding attack detected',
      headers: { 'content-type': 'text/plain' },
    });
  expect((await to('evil.example', '/health')).status).toBe(200);
});

test('another origin may change nothing; a loopback’s and an allowed one may', async () => {
  const from = (origin: string) =>
    send('POST /api/2.0/mlflow/test/echo', {
      headers: { origin, 'content-type': 'application/json' },
      body: '{"name":"a"}',
    });
  for (const origin of ['http://localhost:3000', 'http://[::1]', 'https://page.example']) {
    const answer = await from(origin);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'access-control-allow-origin': origin, vary: 'Origin' },
    });
  }
  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost.evil.example',
    'https://localhost@evil.example',
  ])
    expect(await from(origin)).toMatchObject({ status: 403, text: 'Cross-origin request blocked' });
  const read = await send('GET /api/3.0/mlflow/server-info', { headers: { origin: 'https://evil.example' } });
  expect(read.status).toBe(200);
  expect(read.headers['access-control-allow-origin']).toBeUndefined();
});

test('preflights are answered by origin', async () => {
  const preflight = (origin: string) =>
    send('OPTIONS /api/2.0/mlflow/test/echo', {
      headers: { origin, 'access-control-request-method': 'POST' },
    });
  expect((await preflight('http://localhost:3000')).status).toBe(204);
  expect(await preflight('https://evil.example')).toMatchObject({
    status: 400,
    text: 'Disallowed CORS origin',
  });
});
