// Files that the client of a proxy exchanges with the object store itself, as MLflow's client asks for it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ResourceError } from '../../../core/index.ts';
import { artifactPath, openBlobStore } from '../../../store/index.ts';
import { opendalIsMissing } from '../../../testing/opendal.ts';
import { type S3Server, startS3Server } from '../../../testing/s3-server.ts';
import { type RunningServer, serve } from '../../serve.ts';
import { sendRaw } from '../../test-support/raw-request.ts';
import { startServer, type TestServer } from '../../test-support/start-server.ts';
import { openArtifactRoots } from '../artifact-roots.ts';
import { mlflowFace } from '../face.ts';

const withOpendal = test.skipIf(opendalIsMissing);

let s3: S3Server;
let stores: TestServer;
let server: RunningServer;
const log: string[] = [];
beforeAll(async () => {
  if (opendalIsMissing) return;
  s3 = await startS3Server();
  stores = await startServer();
  const proxy = await openBlobStore('s3://box/root', { environment: s3.environment });
  const context = { ...stores.context, artifacts: await openArtifactRoots(proxy) };
  server = await serve({
    port: 0,
    faces: [mlflowFace(context)],
    log: ({ error }) => error !== undefined && log.push(error),
  });
});
afterAll(async () => {
  if (opendalIsMissing) return;
  await server.close();
  await stores.stop();
  await s3.close();
});

const api = '/api/2.0/mlflow-artifacts';
const ask = (action: string, folder: string, json: unknown) =>
  sendRaw(server.url, `POST ${api}/mpu/${action}/${folder}`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });

async function begin(folder: string, path: string, parts = 1) {
  const { status, text } = await ask('create', folder, { path, num_parts: parts });
  expect(status).toBe(200);
  const {
    upload_id,
    credentials,
  }: { upload_id: string; credentials: { url: string; part_number: number }[] } = JSON.parse(text);
  return { upload_id, credentials };
}

async function upload(folder: string, path: string, contents: readonly string[]): Promise<void> {
  const { upload_id, credentials } = await begin(folder, path, contents.length);
  const parts = [];
  for (const { url, part_number } of credentials) {
    const response = await fetch(url, { method: 'PUT', body: contents[part_number - 1] ?? '' });
    parts.push({ part_number, etag: response.headers.get('etag'), url });
  }
  expect(await ask('complete', folder, { path, upload_id, parts })).toMatchObject({
    status: 200,
    text: '{}',
  });
}

withOpendal('a file goes up in parts, is listed, and comes back from the store by ranges', async () => {
  await upload('0/run/artifacts', '/home/me/weights.bin', ['01234', '56789']);
  expect(s3.files.get('/box/root/0/run/artifacts/weights.bin')?.toString()).toBe('0123456789');
  const { status, text } = await sendRaw(server.url, `GET ${api}/presigned/0/run/artifacts/weights.bin`);
  expect(status).toBe(200);
  const { url, file_size } = JSON.parse(text);
  expect(file_size).toBe(10);
  const response = await fetch(url, { headers: { range: 'bytes=3-6' } });
  expect([response.status, await response.text()]).toEqual([206, '3456']);
});

withOpendal('the name of a file is the last part of its path, of Windows too', async () => {
  await upload('win', 'C:\\models\\a b.bin', ['x']);
  expect(s3.files.get('/box/root/win/a b.bin')?.toString()).toBe('x');
});

withOpendal('an upload that is aborted leaves nothing, and is not found again', async () => {
  const { upload_id } = await begin('f', 'half.bin', 2);
  expect(await ask('abort', 'f', { path: 'half.bin', upload_id })).toMatchObject({ status: 200, text: '{}' });
  expect(s3.uploads.size).toBe(0);
  expect(await ask('abort', 'f', { path: 'half.bin', upload_id })).toMatchObject({ status: 404 });
});

const part = { part_number: 1, etag: 'e' };

withOpendal.each([
  ['create', 'f', {}],
  ['create', 'f', { path: 'x' }],
  ['create', 'f', { path: 'x', num_parts: 0 }],
  ['create', 'f', { path: 'x', num_parts: 10_001 }],
  ['create', 'f', { path: 'x', num_parts: -(2 ** 60) }],
  ['create', 'f', { path: '..', num_parts: 1 }],
  ['create', 'f', { path: 'folder/', num_parts: 1 }],
  ['create', 'f', { path: 'a\u0000', num_parts: 1 }],
  ['create', '..%2fx', { path: 'x', num_parts: 1 }],
  ['complete', 'f', { path: 'x', upload_id: 'id' }],
  ['complete', 'f', { path: 'x', upload_id: 'id', parts: [] }],
  ['complete', 'f', { path: 'x', upload_id: 'id', parts: [null] }],
  ['complete', 'f', { path: 'x', upload_id: 'id', parts: [{ part_number: 1 }] }],
  ['complete', 'f', { path: 'x', upload_id: 'id', parts: [{ part_number: 0, etag: 'e' }] }],
  ['complete', 'f', { path: 'x', upload_id: 'i\r\nd', parts: [part] }],
  ['complete', 'f', { path: 'x', upload_id: 'x'.repeat(5000), parts: [part] }],
  ['complete', 'f', { path: 'x', parts: [part] }],
  ['abort', 'f', { path: 'x' }],
  ['abort', 'f', { path: 'x', upload_id: ['id'] }],
])('%s of %s with %j is the client’s fault', async (action, folder, json) => {
  expect((await ask(action, folder, json)).status).toBe(400);
  expect(s3.uploads.size).toBe(0);
});

withOpendal('an upload that the store does not know is not found', async () => {
  expect((await ask('complete', 'f', { path: 'x', upload_id: 'none', parts: [part] })).status).toBe(404);
});

withOpendal('a store that fails is said to be at fault for now, without its answer', async () => {
  s3.answerNext({ status: 403, body: '<Error><Code>AccessDenied</Code><Token>private</Token></Error>' });
  const answer = await ask('create', 'f', { path: 'x', num_parts: 1 });
  expect(answer.status).toBe(503);
  expect(answer.text + log.join('')).not.toMatch(/private|session|secret/);
  expect(log.join('')).toContain('answers 403 (AccessDenied)');
});

withOpendal('a file is not presigned when it is not there', async () => {
  expect((await sendRaw(server.url, `GET ${api}/presigned/none`)).status).toBe(404);
});

withOpendal('a store whose credentials sign nothing has its files read through the server', async () => {
  const proxy = Object.assign(await openBlobStore(stores.directory), {
    presignRead: () => Promise.reject(new ResourceError('Cannot sign')),
  });
  await proxy.write(artifactPath('there'), Buffer.from('x'));
  const context = { ...stores.context, artifacts: await openArtifactRoots(proxy) };
  const other = await serve({ port: 0, faces: [mlflowFace(context)] });
  const answer = await sendRaw(other.url, `GET ${api}/presigned/there`);
  await other.close();
  expect([answer.status, JSON.parse(answer.text).error_code]).toEqual([501, 'NOT_IMPLEMENTED']);
});
