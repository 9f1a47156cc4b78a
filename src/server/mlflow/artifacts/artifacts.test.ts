// Artifacts over HTTP: stored, listed, sent in whole and in part, deleted, and nothing outside the roots.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RawRequest, sendRaw } from '../../test-support/raw-request.ts';
import { startServer, type TestServer } from '../../test-support/start-server.ts';

const proxy = '/api/2.0/mlflow-artifacts/artifacts';
const plain = { 'content-type': 'application/octet-stream' };

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const send = (line: string, options?: RawRequest) => sendRaw(server.url, line, options);
const put = (path: string, body: string | Uint8Array) =>
  send(`PUT ${proxy}/${path}`, { headers: plain, body });
const errorOf = (text: string): unknown => {
  const { error_code, message } = JSON.parse(text);
  return [error_code, message];
};

test('a file that is put is listed, sent as a download, and deleted', async () => {
  expect(await put('a/b/page.html', '<b>1</b>')).toMatchObject({ status: 200, text: '{}' });
  const got = await send(`GET ${proxy}/a/b/page.html`);
  expect(got).toMatchObject({ status: 200, text: '<b>1</b>' });
  expect(got.headers).toMatchObject({
    'content-type': 'text/html',
    'content-length': '8',
    'content-disposition': 'attachment; filename=page.html',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
  });
  expect((await send(`HEAD ${proxy}/a/b/page.html`)).headers['content-length']).toBe('8');
  const files = async (path: string) => JSON.parse((await send(`GET ${proxy}?path=${path}`)).text);
  expect(await files('a')).toEqual({ files: [{ path: 'b', is_dir: true }] });
  expect(await files('a/b')).toEqual({ files: [{ path: 'page.html', is_dir: false, file_size: 8 }] });
  expect(await files('a/b/page.html')).toEqual({});
  expect(await files('none')).toEqual({});
  expect(await send(`DELETE ${proxy}/a/b`)).toMatchObject({ status: 200, text: '{}' });
  expect(await send(`DELETE ${proxy}/a/b`)).toMatchObject({ status: 200, text: '{}' });
  const gone = await send(`GET ${proxy}/a/b/page.html`);
  expect(gone.status).toBe(404);
  expect(errorOf(gone.text)).toEqual(['RESOURCE_DOES_NOT_EXIST', "No such artifact: 'a/b/page.html'"]);
  expect((await send(`GET ${proxy}/a`)).status).toBe(404);
});

test('many megabytes go through whole', async () => {
  const body = randomBytes(20 * 2 ** 20);
  expect((await put('large.bin', body)).status).toBe(200);
  const response = await fetch(`${server.url}${proxy}/large.bin`);
  const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  expect(digest(new Uint8Array(await response.arrayBuffer()))).toBe(digest(body));
});

test('an upload that breaks off leaves what was there', async () => {
  await put('kept.txt', 'first');
  const { hostname, port } = new URL(server.url);
  const half = request({
    hostname,
    port,
    method: 'PUT',
    path: `${proxy}/kept.txt`,
    headers: { 'content-length': '100' },
  });
  const broken = new Promise((resolve) => half.once('error', resolve));
  half.write('second', () => half.destroy(new Error('broken off')));
  await broken;
  expect((await put('other.txt', 'x')).status).toBe(200);
  expect((await send(`GET ${proxy}/kept.txt`)).text).toBe('first');
});

test.each([
  ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
  ['bytes=10-', 416, '', 'bytes */10'],
  ['bytes=-0', 416, '', 'bytes */10'],
  ['bytes=4-2', 200, '0123456789', undefined],
  ['bytes=0-1,3-4', 200, '0123456789', undefined],
  ['lines=1-2', 200, '0123456789', undefined],
])('Range: %s is answered by %i', async (range, status, text, contentRange) => {
  await put('digits', '0123456789');
  const answer = await send(`GET ${proxy}/digits`, { headers: { range } });
  expect(answer).toMatchObject({ status, text });
  expect(answer.headers['content-range']).toBe(contentRange);
});

test.each([
  ['a.json', 'text/plain', 'attachment; filename=a.json'],
  ['MLmodel', 'text/plain', 'attachment; filename=MLmodel'],
  ['a.JSON', 'application/json', 'attachment; filename=a.JSON'],
  ['a.png', 'image/png', 'attachment; filename=a.png'],
  ['a.tar.gz', 'application/x-tar', 'attachment; filename=a.tar.gz'],
  ['a.gz', 'application/octet-stream', 'attachment; filename=a.gz'],
  ['.gitignore', 'application/octet-stream', 'attachment; filename=.gitignore'],
  ['a b"c.txt', 'text/plain', `attachment; filename="a b\\"c.txt"; filename*=UTF-8''a%20b%22c.txt`],
  ['é.txt', 'text/plain', `attachment; filename="_.txt"; filename*=UTF-8''%C3%A9.txt`],
  ['100%.bin', 'application/octet-stream', 'attachment; filename=100%.bin'],
])('%s is sent as %s', async (name, type, disposition) => {
  const path = `types/${encodeURIComponent(name)}`;
  expect((await put(path, '{}')).status).toBe(200);
  const got = await send(`GET ${proxy}/${path}`);
  expect(got).toMatchObject({ status: 200, text: '{}' });
  expect(got.headers).toMatchObject({ 'content-type': type, 'content-disposition': disposition });
});

test.each([
  '../x',
  '%2e%2e/x',
  '..%2fx',
  'a/../../x',
  '%252e%252e/x',
  '%2fetc%2fpasswd',
  '/etc/passwd',
  '..%5cx',
  'C:/x',
  'file:///etc/passwd',
  's3://bucket/x',
  'a%23b',
  'a/./b',
])('%s is no path of an artifact', async (path) => {
  const before = readdirSync(server.directory).sort();
  const decoded = path.replace(/%25/g, '%');
  for (const line of [
    `GET ${proxy}/${path}`,
    `DELETE ${proxy}/${path}`,
    `GET ${proxy}?path=${path}`,
    `POST /api/2.0/mlflow-artifacts/mpu/create/${path}`,
    `GET /api/2.0/mlflow-artifacts/presigned/${path}`,
    `GET /get-artifact?run_uuid=r&path=${decoded}`,
  ]) {
    const answer = await send(line);
    expect([line, answer.status, errorOf(answer.text)]).toEqual([
      line,
      400,
      ['INVALID_PARAMETER_VALUE', 'Invalid path'],
    ]);
  }
  expect((await put(path, 'x')).status).toBe(400);
  expect(readdirSync(server.directory).sort()).toEqual(before);
});

test('a NUL is refused in a path and in a query', async () => {
  expect((await send(`GET ${proxy}/a%00b`)).status).toBe(400);
  expect((await put('a%00b', 'x')).status).toBe(400);
  expect((await send(`GET ${proxy}?path=a%00b`)).status).toBe(400);
});

test('a directory has no multipart uploads and no presigned addresses', async () => {
  for (const action of ['create', 'complete', 'abort'])
    expect(await send(`POST /api/2.0/mlflow-artifacts/mpu/${action}/x`)).toMatchObject({
      status: 501,
      text: '{"error_code": "NOT_IMPLEMENTED", "message": "Multipart upload is not supported for the current artifact repository"}',
    });
  expect(await send('GET /api/2.0/mlflow-artifacts/presigned/x')).toMatchObject({
    status: 501,
    text: '{"error_code": "NOT_IMPLEMENTED", "message": "Multipart download is not supported for the current artifact repository"}',
  });
});

test('a run’s artifacts are listed, sent, and taken from MLflow’s page', async () => {
  const { info } = await server.context.tracking.runs.create({ experimentId: '0' });
  const page = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${info.runId}`;
  expect(await send(`POST ${page}&path=sub/up.txt`, { headers: plain, body: 'up' })).toMatchObject({
    status: 200,
    text: '',
  });
  const list = async (path: string) =>
    JSON.parse((await send(`GET /api/2.0/mlflow/artifacts/list?run_uuid=${info.runId}${path}`)).text);
  expect(await list('')).toEqual({ root_uri: info.artifactUri, files: [{ path: 'sub', is_dir: true }] });
  expect(await list('&path=sub')).toEqual({
    root_uri: info.artifactUri,
    files: [{ path: 'sub/up.txt', is_dir: false, file_size: 2 }],
  });
  expect(await list('&path=none')).toEqual({ root_uri: info.artifactUri });
  expect((await send(`GET /get-artifact?run_id=${info.runId}&path=sub/up.txt`)).text).toBe('up');
  expect((await send(`GET ${proxy}/0/${info.runId}/artifacts/sub/up.txt`)).text).toBe('up');
  expect(errorOf((await send(`POST ${page}&path=a`, { headers: plain })).text)).toEqual([
    'INVALID_PARAMETER_VALUE',
    'Request must specify data.',
  ]);
  const large = await send(`POST ${page}&path=a`, { headers: plain, body: Buffer.alloc(10 * 2 ** 20 + 1) });
  expect(errorOf(large.text)).toEqual([
    'INVALID_PARAMETER_VALUE',
    'Artifact size is too large. Max size is 10MB.',
  ]);
  expect((await send(`GET /get-artifact?run_id=none&path=a`)).status).toBe(404);
});

test('a logged model’s artifacts are listed and sent', async () => {
  const { modelId } = await server.context.tracking.loggedModels.create({ experimentId: '0' });
  await put(`0/models/${modelId}/artifacts/sub/MLmodel`, 'flavors:');
  const list = `GET /api/2.0/mlflow/logged-models/${modelId}/artifacts/directories`;
  expect(JSON.parse((await send(`${list}?artifact_directory_path=sub`)).text)).toEqual({
    root_uri: `mlflow-artifacts:/0/models/${modelId}/artifacts`,
    files: [{ path: 'sub/MLmodel', is_dir: false, file_size: 8 }],
  });
  expect(JSON.parse((await send(list)).text).files).toEqual([{ path: 'sub', is_dir: true }]);
  const files = `GET /ajax-api/2.0/mlflow/logged-models/${modelId}/artifacts/files`;
  expect((await send(`${files}?artifact_file_path=sub/MLmodel`)).text).toBe('flavors:');
  expect((await send(`${files}?artifact_file_path=../x`)).status).toBe(400);
  expect((await send(files)).text).toContain(
    'Request must include the \\"artifact_file_path\\" query parameter.',
  );
});

test('artifacts outside of the server’s roots are refused, naming the roots', async () => {
  const outside = join(server.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret'), 'secret');
  for (const artifactLocation of [
    outside,
    `file://${outside}`,
    's3://other/x',
    `${server.directory}/data/artifacts/../../outside`,
  ]) {
    const experimentId = await server.context.tracking.experiments.create({
      name: artifactLocation,
      artifactLocation,
    });
    const { info } = await server.context.tracking.runs.create({ experimentId });
    for (const line of [
      `GET /api/2.0/mlflow/artifacts/list?run_id=${info.runId}`,
      `GET /get-artifact?run_id=${info.runId}&path=secret`,
    ]) {
      const answer = await send(line);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('this server serves those under mlflow-artifacts:/, ');
    }
  }
});

test('artifacts under --artifact-root are served from there', async () => {
  const rooted = await startServer({ artifactRoot: '{dir}/elsewhere' });
  try {
    const { info } = await rooted.context.tracking.runs.create({ experimentId: '0' });
    expect(info.artifactUri).toBe(join(rooted.directory, 'elsewhere', '0', info.runId, 'artifacts'));
    // As a client on the same machine does it.
    mkdirSync(info.artifactUri, { recursive: true });
    writeFileSync(join(info.artifactUri, 'a.txt'), 'a');
    const answer = await sendRaw(rooted.url, `GET /get-artifact?run_id=${info.runId}&path=a.txt`);
    expect(answer).toMatchObject({ status: 200, text: 'a' });
    const page = `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${info.runId}&path=b/up.txt`;
    await sendRaw(rooted.url, `POST ${page}`, { headers: plain, body: 'up' });
    expect(readFileSync(join(info.artifactUri, 'b', 'up.txt'), 'utf8')).toBe('up');
    expect(existsSync(join(rooted.directory, 'data', 'artifacts', '0'))).toBe(false);
  } finally {
    await rooted.stop();
  }
});
