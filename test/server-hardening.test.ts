// What clients may do to the server's connections: slow, large, malformed and encrypted ones; others are served all the while.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer } from '../src/server/index.ts';
import { exchangeRaw, heardFrom, openRaw, statusesIn } from './hardening/raw-connection.ts';
import { type HardenedService, openHardened } from './hardening/service.ts';

let service: HardenedService;
let key: string;
beforeAll(async () => {
  service = await openHardened({ bodySilenceMs: 300, bodyLimit: 2 ** 20 });
  key = await service.keyOf('ann', 'train', 'infer');
}, 60_000);
afterAll(() => service.stop(), 30_000);

const head = (line: string, ...headers: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: 127.0.0.1', `Authorization: Bearer ${key}`, ...headers, '', ''].join('\r\n');
const isServing = async () =>
  (await fetch(`${service.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;

describe('requests that two readers could read in two ways end their connection', () => {
  const smuggled = 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  test.each([
    ['length and chunks', ['Content-Length: 4', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
    ['chunks and length', ['Transfer-Encoding: chunked', 'Content-Length: 100'], `0\r\n\r\n${smuggled}`],
    ['two lengths', ['Content-Length: 0', 'Content-Length: 44'], smuggled],
    ['a list of lengths', ['Content-Length: 0, 44'], smuggled],
    ['a length with a sign', ['Content-Length: +44'], smuggled],
    ['a length in hexadecimal', ['Content-Length: 0x2c'], smuggled],
    ['chunks by another name', ['Transfer-Encoding: xchunked'], smuggled],
    ['chunks that are not last', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`],
    ['chunks behind a space', ['Transfer-Encoding : chunked', 'Content-Length: 4'], `0\r\n\r\n${smuggled}`],
    ['a folded header', ['Transfer-Encoding:', ' chunked', 'Content-Length: 4'], `0\r\n\r\n${smuggled}`],
    ['a size of a chunk that is none', ['Transfer-Encoding: chunked'], `zz\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a carriage return alone', ['X: a\rContent-Length: 44'], smuggled],
    ['a line feed alone', ['X: a\nTransfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`],
    ['NUL in a header', ['X: a\0b'], smuggled],
  ])('%s', async (_, headers, rest) => {
    const heard = await exchangeRaw(service.url, head('POST /v1/chat/completions', ...headers) + rest);
    expect(statusesIn(heard)).toEqual([400]);
    expect(heard).toMatch(/^connection: close$/im);
    expect(await isServing()).toBe(200);
  });
});

describe('requests that are too large', () => {
  test.each([
    [
      'many headers',
      'GET /v1/models',
      Array.from({ length: 2000 }, (_, i) => `X-${i}: ${'a'.repeat(20)}`),
      431,
    ],
    ['one large header', 'GET /v1/models', [`X: ${'a'.repeat(20_000)}`], 431],
    ['a huge address', `GET /v1/models?${'a'.repeat(100_000)}`, [], 431],
    ['a long path', `GET /v1/models/${'a/'.repeat(7000)}`, ['Connection: close'], 404],
    ['a declared length', 'POST /v1/chat/completions', [`Content-Length: ${2 ** 40}`], 413],
  ])('%s', async (_, line, headers, status) => {
    expect(statusesIn(await exchangeRaw(service.url, head(line, ...headers)))).toEqual([status]);
    expect(await isServing()).toBe(200);
  });

  test('chunks without end', async () => {
    const socket = await openRaw(service.url);
    socket.write(
      head('POST /v1/chat/completions', 'Content-Type: application/json', 'Transfer-Encoding: chunked'),
    );
    const heard = heardFrom(socket);
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    for (let i = 0; i < 40 && !socket.destroyed; i++)
      await new Promise((resolve) => socket.write(chunk, resolve));
    expect(statusesIn(await heard)).toEqual([413]);
  });
});

describe('slow requests', () => {
  test('a body that stops coming ends by 408, and others are served meanwhile', async () => {
    const path = 'POST /v1/chat/completions';
    const sockets = await Promise.all(Array.from({ length: 50 }, () => openRaw(service.url)));
    const heard = sockets.map((socket, i) => {
      const length = i % 2 === 0 ? 'Content-Length: 1000' : 'Transfer-Encoding: chunked';
      socket.write(
        `${head(path, 'Content-Type: application/json', length)}${i % 2 === 0 ? '{' : '1\r\n{\r\n'}`,
      );
      return heardFrom(socket);
    });
    expect(await isServing()).toBe(200);
    for (const text of await Promise.all(heard)) expect(statusesIn(text)).toEqual([408]);
  });

  test('an upload that stops coming ends too, and leaves no file', async () => {
    const type = 'Content-Type: multipart/form-data; boundary=b';
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{"a":';
    const heard = await exchangeRaw(
      service.url,
      head('POST /v1/files', type, 'Content-Length: 100000') + part,
    );
    expect(statusesIn(heard)).toEqual([408]);
    const { files } = service.services.stores;
    await expect.poll(async () => (await files.list({ owner: 'ann' })).items.length).toBe(0);
  });

  test('a body that comes slowly, but comes, is taken', async () => {
    const socket = await openRaw(service.url);
    const body = JSON.stringify({ model: 'none', messages: [{ role: 'user', content: 'a' }] });
    const length = `Content-Length: ${body.length}`;
    socket.write(
      head('POST /v1/chat/completions', 'Content-Type: application/json', 'Connection: close', length),
    );
    const heard = heardFrom(socket);
    for (const part of body.match(/.{1,12}/g) ?? []) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      socket.write(part);
    }
    expect(statusesIn(await heard)).toEqual([404]);
  });

  test('headers that never end hold nobody up, and not for ever', async () => {
    const sockets = await Promise.all(Array.from({ length: 300 }, () => openRaw(service.url)));
    for (const socket of sockets) socket.write('GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ');
    expect(await isServing()).toBe(200);
    for (const socket of sockets) socket.destroy();
    const { server } = createServer([]);
    expect(server.headersTimeout).toBeGreaterThan(0);
    expect(server.headersTimeout).toBeLessThanOrEqual(60_000);
  });
});

test('pages of other origins may read nothing and change nothing unless they are allowed', async () => {
  const from = (origin: string, init: RequestInit = {}) =>
    fetch(`${service.url}/v1/models`, {
      ...init,
      headers: { ...init.headers, origin, authorization: `Bearer ${key}` },
    });
  const foreign = await from('https://evil.example');
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  const preflight = { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } };
  expect((await from('https://evil.example', preflight)).status).toBe(400);
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example'])
    expect((await from(origin, { method: 'POST', body: '{}' })).status).toBe(403);
  const allowing = await openHardened({ allowedOrigins: ['https://page.example'] });
  const allowed = await fetch(`${allowing.url}/livez`, { headers: { origin: 'https://page.example' } });
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://page.example');
  await allowing.stop();
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hone-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync('openssl', [...args, ...names, '-keyout', keyFile, '-out', certFile]);
  const isMissing = made.status !== 0;
  if (isMissing) console.log('left out: TLS, for want of openssl');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.skipIf(isMissing)(
    'serves by the given certificate, in version 1.2 or later, and nothing in the clear',
    async () => {
      const cert = readFileSync(certFile);
      const secure = await openHardened({ tls: { cert, key: readFileSync(keyFile) } });
      expect(secure.url).toMatch(/^https:/);
      const ask = (options: object) =>
        new Promise<number | string>((resolve) => {
          const sent = request(`${secure.url}/livez`, { agent: false, ...options }, (answer) => {
            answer.resume();
            resolve(answer.statusCode ?? 0);
          });
          sent.on('error', (error) => resolve(error.message));
          sent.end();
        });
      expect(await ask({ ca: cert })).toBe(200);
      expect(await ask({})).toContain('self-signed certificate');
      expect(await ask({ ca: cert, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).not.toBe(200);
      expect(await exchangeRaw(secure.url, 'GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')).not.toContain(
        '200',
      );
      await secure.stop();
    },
  );
});
