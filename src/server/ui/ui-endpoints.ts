// GET / and its files: the page at the root, everything that it loads below /static-files/.
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { NotFoundError } from '../../core/index.ts';
import { type Answer, type Call, type Endpoint, rawEndpoint } from '../mlflow/endpoint.ts';

/** The names of most files hold a hash of what is in them; MLflow lets browsers keep all of them for four weeks. */
const keep = 'public, max-age=2419200';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** The endpoints of the page in a directory, which is given without links on its way. */
export function uiEndpoints(directory: string): readonly Endpoint[] {
  return [
    rawEndpoint({
      route: 'GET /',
      handle: (call) => sendFile(call, { directory, path: 'index.html', cacheControl: 'no-cache' }),
    }),
    rawEndpoint({
      route: ['GET /static-files/{path*}', 'GET /build/{path*}'],
      handle: (call) => sendFile(call, { directory, path: call.params.path ?? '', cacheControl: keep }),
    }),
  ];
}

type Page = { readonly directory: string; readonly path: string; readonly cacheControl: string };

async function sendFile({ http }: Call, { directory, path, cacheControl }: Page): Promise<Answer> {
  const file = await openBelow(directory, path);
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${Math.round(mtimeMs).toString(36)}-${size.toString(36)}"`;
    const headers = { 'cache-control': cacheControl, etag };
    if (http.headers['if-none-match'] === etag) return { status: 304, headers, body: '' };
    return {
      headers: { ...headers, 'content-type': types[extname(path)] ?? 'application/octet-stream' },
      body: http.method === 'HEAD' ? '' : await file.readFile(),
    };
  } finally {
    await file.close();
  }
}

/** Opens a file that lies in a directory once all links are followed. */
async function openBelow(directory: string, path: string): Promise<FileHandle> {
  const missing = new NotFoundError(`No such file of the page: '${path}'`);
  if (path === '' || path.includes('\0')) throw missing;
  try {
    const real = await realpath(join(directory, path));
    if (!real.startsWith(`${directory}${sep}`)) throw missing;
    const file = await open(real, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch {
    throw missing;
  }
  throw missing;
}
