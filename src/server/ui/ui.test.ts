import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { sendRaw } from '../test-support/raw-request.ts';
import { startServer, type TestServer } from '../test-support/start-server.ts';
import { openUi } from './index.ts';

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hone-ui-'));
  const build = join(folder, 'mlflow/server/js/build');
  mkdirSync(join(build, 'static/js'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(build, 'index.html'), '<!doctype html><title>MLflow</title>');
  writeFileSync(join(build, 'static/js/main.1a.js'), 'let x;');
  symlinkSync(join(folder, 'secret.txt'), join(build, 'link.txt'));
  server = await startServer({ endpoints: await openUi(join(folder, 'mlflow')) });
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

test.each(['', 'mlflow', 'mlflow/server/js/build'])('openUi() finds a page from %j', async (place) => {
  expect(await openUi(join(folder, place))).toHaveLength(2);
});

test('openUi() refuses a folder without a page', async () => {
  await expect(openUi(join(folder, 'mlflow/server'))).rejects.toThrow(InputError);
});

test('the page is at the root and asked for anew, its files are kept', async () => {
  const page = await sendRaw(server.url, 'GET /');
  expect([page.status, page.text]).toEqual([200, '<!doctype html><title>MLflow</title>']);
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  const script = await sendRaw(server.url, 'GET /static-files/static/js/main.1a.js');
  expect([script.status, script.text]).toEqual([200, 'let x;']);
  expect(script.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=2419200',
  });
});

test('a file that a browser has is not sent again', async () => {
  const { headers } = await sendRaw(server.url, 'GET /');
  const again = await sendRaw(server.url, 'GET /', { headers: { 'if-none-match': String(headers.etag) } });
  expect([again.status, again.text]).toEqual([304, '']);
});

test.each([
  '../../../../secret.txt',
  '..%2f..%2f..%2f..%2fsecret.txt',
  '%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.txt',
  'static/../../../../../secret.txt',
  '/etc/passwd',
  '%2fetc%2fpasswd',
  'link.txt',
  'static',
  '',
  '%00',
  'index.html%00.js',
  'nope.js',
])('GET /static-files/%s is not found', async (path) => {
  const { status, text } = await sendRaw(server.url, `GET /static-files/${path}`);
  expect([status, JSON.parse(text).error_code]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST']);
});
