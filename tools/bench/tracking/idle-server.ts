// A server that answers at once without doing anything: GET /bytes/N gives N bytes, all else gives {}.
import { createServer } from 'node:http';

const cached = new Map<string, Buffer>([['', Buffer.from('{}')]]);

createServer((request, response) => {
  const size = /^\/bytes\/(\d+)$/.exec(request.url ?? '')?.[1] ?? '';
  const body = cached.get(size) ?? Buffer.alloc(Number(size), 'x');
  cached.set(size, body);
  request.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
