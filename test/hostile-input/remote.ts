// A web server whose files are traps, for the URLs of data sets.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

export type Remote = {
  readonly url: string;
  readonly port: number;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
};

const bomb = gzipSync(Buffer.alloc(50 * 2 ** 20, 0x20));
const secret = 'planted secret';

const answers: Readonly<Record<string, RequestListener>> = {
  '/secret': (_, response) => response.end(secret),
  '/bomb.gz': (_, response) => response.end(bomb),
  '/twice.gz': (_, response) => response.end(gzipSync(bomb)),
  '/broken.gz': (_, response) => response.end(bomb.subarray(0, 1000)),
  '/page.html': (_, response) => response.end(`<html>${secret}</html>`),
  '/image.png': (_, response) => response.end(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff])),
  '/empty': (_, response) => response.end(),
  '/line-2': (_, response) => response.end(`{"prompt": "a", "chosen": "b", "rejected": "c"}\n{"${secret}`),
  '/loop': (_, response) => response.writeHead(301, { location: '/loop' }).end(),
  '/to-file': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/to-gopher': (_, response) => response.writeHead(302, { location: 'gopher://127.0.0.1:25/_MAIL' }).end(),
  '/to-user': (_, response) => response.writeHead(302, { location: 'http://a:b@example.com/' }).end(),
  '/error': (_, response) => response.writeHead(500).end(secret),
  '/half': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('[');
    setImmediate(() => response.destroy());
  },
  '/endless': (_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
    };
    response.on('drain', more);
    more();
  },
  // Nothing comes, and the connection stays.
  '/silent': () => undefined,
};

export async function openRemote(): Promise<Remote> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ url: `http://127.0.0.1:${port}`, port, asked },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
