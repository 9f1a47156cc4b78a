import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../../core/index.ts';
import { startRegistration } from './registration.ts';

type Heard = { readonly method: string; readonly secret: unknown; readonly body: unknown };

let gateway: Server;
let url: string;
let heard: Heard[];
let statuses: number[];

beforeEach(async () => {
  heard = [];
  statuses = [];
  gateway = createServer(async (request, response) => {
    const { method = '', headers } = request;
    heard.push({ method, secret: headers['x-dpo-register-secret'], body: JSON.parse(await read(request)) });
    const status = statuses.shift() ?? 200;
    if (status === 0) request.socket.destroy();
    else response.writeHead(status, { location: '/elsewhere' }).end('planted');
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/register`;
});
afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
});

/** A clock whose pauses end when the test says so. */
function clock() {
  const pauses: { readonly ms: number; readonly end: () => void }[] = [];
  const waiting: ((pause: { readonly ms: number; readonly end: () => void }) => void)[] = [];
  return {
    wait: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        const pause = { ms, end: resolve };
        const next = waiting.shift();
        if (next === undefined) pauses.push(pause);
        else next(pause);
      }),
    pause: () =>
      new Promise<{ readonly ms: number; readonly end: () => void }>((resolve) => {
        const pause = pauses.shift();
        if (pause === undefined) waiting.push(resolve);
        else resolve(pause);
      }),
  };
}

const registration = (ttlSeconds = 100) => ({
  ...{ url, secret: new Secret('planted-secret'), baseUrl: 'https://dpo.example', ttlSeconds },
});

test('startRegistration() registers, renews at 75 % of its time, and takes it back at the end', async () => {
  const { wait, pause } = clock();
  const faults: unknown[] = [];
  const stop = startRegistration(registration(), {
    version: '1.2.3',
    wait,
    onFault: (error) => faults.push(error),
  });
  const first = await pause();
  expect(first.ms).toBe(75_000);
  first.end();
  expect((await pause()).ms).toBe(75_000);
  await stop();
  const body = { base_url: 'https://dpo.example', version: '1.2.3', ttl_seconds: 100 };
  expect(heard).toEqual(
    ['POST', 'POST', 'DELETE'].map((method) => ({ method, secret: 'planted-secret', body })),
  );
  expect(faults).toEqual([]);
});

test('startRegistration() tries again after 30, 60, ... 300 s, and from the beginning once it was heard', async () => {
  const { wait, pause } = clock();
  const faults: string[] = [];
  // A redirect is not followed, a broken connection is no end
  statuses = [500, 302, 0, 401, 503, 503, 200, 500];
  const stop = startRegistration(registration(), {
    version: '1',
    wait,
    onFault: (error) => faults.push(String(error)),
  });
  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    const { ms, end } = await pause();
    pauses.push(ms);
    end();
  }
  await pause();
  expect(pauses).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000, 75_000, 30_000]);
  expect(faults).toHaveLength(7);
  expect(faults.join()).not.toContain('planted');
  await stop();
  expect(heard.at(-1)?.method).toBe('DELETE');
});

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}
