import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { fetchRemote, type RemoteFetchOptions } from './fetch-remote.ts';
import { unpack } from './unpack.ts';

const answers: Record<string, RequestListener> = {
  '/data': (_, response) => response.end('[1]'),
  '/packed': (_, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('[1]')),
  '/brotli': (_, response) => response.setHeader('content-encoding', 'br').end('x'),
  '/secret-error': (_, response) => response.writeHead(500).end('planted secret'),
  '/partial': (_, response) => response.writeHead(206).end('planted secret'),
  '/large': (_, response) => response.end(Buffer.alloc(2000)),
  '/chunks': (_, response) => {
    response.write(Buffer.alloc(600));
    response.write(Buffer.alloc(600));
    response.end();
  },
  '/broken': (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('planted secret');
    setImmediate(() => response.destroy());
  },
  '/silent': () => undefined,
  '/slow': (_, response) => void response.write('['),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/nowhere': (_, response) => response.writeHead(302).end(),
  '/to-file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/to-user': (_, response) => response.writeHead(302, { location: 'http://a:planted@example.com/' }).end(),
  '/moved': (_, response) => response.writeHead(308, { location: '/data' }).end(),
  '/headers': ({ headers }, response) => response.end(JSON.stringify(headers)),
};

let server: Server;
let base: string;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
  base = `http://127.0.0.1:${port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const limits = { bytes: 1000 };
const here = { limits, allowPrivate: true };

async function text(url: string, options: RemoteFetchOptions = here): Promise<string> {
  return Buffer.from(await fetchRemote(url, options)).toString();
}

test('fetchRemote() gives the bytes, also after a redirect, and says nothing of itself', async () => {
  expect(await text(`${base}/data`)).toBe('[1]');
  expect(await text(`${base}/moved`)).toBe('[1]');
  expect(Object.keys(JSON.parse(await text(`${base}/headers`))).sort()).toEqual(
    ['accept', 'accept-encoding', 'connection', 'host', 'user-agent'].sort(),
  );
  expect(Buffer.from(await unpack(await fetchRemote(`${base}/packed`, here), 1000)).toString()).toBe('[1]');
});

test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0.0.0.0', '[::1]'])(
  'fetchRemote() goes to no address of this machine unless told to: %s',
  async (host) => {
    await expect(text(`http://${host}:${port}/data`, { limits })).rejects.toThrow(
      'not on the public internet',
    );
  },
);

test('fetchRemote() refuses a name of which one address is not public', async () => {
  const resolve = async () => ['8.8.8.8', '127.0.0.1'];
  await expect(text(`http://data.example:${port}/data`, { limits, resolve })).rejects.toThrow(
    'not on the public internet',
  );
});

test('fetchRemote() connects to the address that was looked at, whatever the name leads to later', async () => {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return ['127.0.0.1'];
  };
  // No resolver knows this name: a second look-up would fail
  expect(await text(`http://data.invalid:${port}/data`, { ...here, resolve })).toBe('[1]');
  expect(asked).toEqual(['data.invalid']);
});

test('fetchRemote() looks at the address again after a redirect', async () => {
  const elsewhere = createServer((_, response) =>
    response.writeHead(302, { location: `http://inner.invalid:${port}/data` }).end(),
  );
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const { port: outer } = elsewhere.address() as AddressInfo;
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return host === 'outer.invalid' ? ['127.0.0.1'] : [];
  };
  await expect(text(`http://outer.invalid:${outer}/`, { ...here, resolve })).rejects.toThrow('no address');
  expect(asked).toEqual(['outer.invalid', 'inner.invalid']);
  elsewhere.close();
});

test.each([
  ['/secret-error', 'the status 500'],
  ['/partial', 'the status 206'],
  ['/large', 'more than 1000 bytes'],
  ['/chunks', 'more than 1000 bytes'],
  ['/broken', 'the connection failed'],
  ['/brotli', 'packed in another way'],
  ['/loop', 'more than 5 times'],
  ['/nowhere', 'redirects to nowhere'],
  ['/to-file', "its protocol is 'file'"],
  ['/to-user', 'a user name or a password'],
])('fetchRemote() refuses %s: %s, and tells nothing of the answer', async (path, reason) => {
  const error = await text(`${base}${path}`).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect(String(error)).toContain(reason);
  expect(String(error)).not.toContain('planted');
});

test('fetchRemote() waits no longer than its limits', async () => {
  await expect(text(`${base}/silent`, { ...here, limits: { ...limits, idleMs: 50 } })).rejects.toThrow(
    'nothing came',
  );
  await expect(text(`${base}/slow`, { ...here, limits: { ...limits, idleMs: 50 } })).rejects.toThrow(
    'nothing came',
  );
  await expect(text(`${base}/slow`, { ...here, limits: { ...limits, totalMs: 50 } })).rejects.toThrow(
    'took longer',
  );
  const resolve = () => new Promise<string[]>(() => undefined);
  await expect(text('http://slow.invalid/', { limits: { ...limits, totalMs: 50 }, resolve })).rejects.toThrow(
    'took longer',
  );
});

test('fetchRemote() tells of names and ports that are not there', async () => {
  const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
  await expect(text('http://nobody.invalid/', { limits, resolve })).rejects.toThrow('its host is not known');
  await expect(text('http://127.0.0.1:1/', here)).rejects.toThrow('the connection failed (ECONNREFUSED)');
});

test('fetchRemote() stops when its caller does', async () => {
  const stop = new AbortController();
  const fetching = text(`${base}/silent`, { ...here, signal: stop.signal });
  stop.abort(new Error('gone'));
  await expect(fetching).rejects.toThrow('gone');
});

test('unpack() stops at the limit, however small the file was', async () => {
  const bomb = gzipSync(Buffer.alloc(5 * 2 ** 20));
  expect(bomb.length).toBeLessThan(10_000);
  await expect(unpack(bomb, 2 ** 20)).rejects.toThrow('more than 1048576 bytes');
  await expect(unpack(gzipSync(bomb), 2 ** 20)).rejects.toThrow('more than 1048576 bytes');
  await expect(unpack(bomb.subarray(0, 100), 2 ** 20)).rejects.toThrow('gzip data are broken');
  expect(Buffer.from(await unpack(gzipSync(gzipSync('[]')), 100)).toString()).toBe('[]');
});
