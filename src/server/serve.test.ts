// Starting and stopping.
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { InputError, ResourceError } from '../core/index.ts';
import { rawEndpoint } from './mlflow/endpoint.ts';
import { mlflowFace } from './mlflow/face.ts';
import { serve } from './serve.ts';
import { sendRaw } from './test-support/raw-request.ts';
import { startServer, type TestServer } from './test-support/start-server.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

test('serve() answers at its url, on a free port of its own', async () => {
  server = await startServer();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await sendRaw(server.url, 'GET /api/2.0/mlflow/experiments/get?experiment_id=0')).text).toContain(
    '"artifact_location": "mlflow-artifacts:/0"',
  );
});

test('serve() refuses an address that others can reach', async () => {
  server = await startServer();
  for (const host of ['0.0.0.0', '::', 'example.com', '127.0.0.1.example.com'])
    await expect(serve({ faces: [], host, port: 0 })).rejects.toThrow(InputError);
});

test('serve() says that a port is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server = await startServer();
  const second = serve({ faces: [mlflowFace(server.context)], port });
  await expect(second).rejects.toThrow(ResourceError);
  await expect(second).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}: another program listens there`);
  await new Promise((resolve) => other.close(resolve));
});

test('close() lets a request under way end, and tells whoever comes meanwhile to come again', async () => {
  let release = (): void => undefined;
  let entered = (): void => undefined;
  const isIn = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = rawEndpoint({
    route: 'GET /slow',
    handle: async () => {
      entered();
      await gate;
      return { body: 'done' };
    },
  });
  server = await startServer({ endpoints: [slow] });
  const answer = sendRaw(server.url, 'GET /slow');
  await isIn;
  const stopped = server.stop();
  const refused = await sendRaw(server.url, 'GET /slow');
  expect(refused).toMatchObject({
    status: 503,
    headers: expect.objectContaining({ 'retry-after': '1', connection: 'close' }),
    text: expect.stringContaining('The server is stopping; send the request again'),
  });
  release();
  expect((await answer).text).toBe('done');
  await stopped;
  await expect(sendRaw(server.url, 'GET /slow')).rejects.toThrow();
  server = undefined;
});
