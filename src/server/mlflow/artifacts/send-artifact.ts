// The answer to a request for a file: always a download, so that no page of a run's runs in this server's name.
import type { IncomingMessage } from 'node:http';
import { NotFoundError } from '../../../core/index.ts';
import type { ArtifactPath, BlobStore } from '../../../store/index.ts';
import type { Answer } from '../endpoint.ts';
import { baseName } from './artifact-name.ts';
import { mediaType } from './media-type.ts';
import { requestedRange } from './requested-range.ts';

/**
 * The file at a path of a store, or the part of it that the request's `Range` asks for.
 * @throws NotFoundError with MLflow's text where there is no such file
 */
export async function sendArtifact(
  http: IncomingMessage,
  store: BlobStore,
  path: ArtifactPath,
): Promise<Answer> {
  const entry = await store.stat(path);
  if (entry === undefined || entry.isDirectory) throw new NotFoundError(`No such artifact: '${path}'`);
  const name = baseName(path);
  const headers = {
    'content-type': mediaType(name),
    'content-disposition': disposition(name),
    'accept-ranges': 'bytes',
  };
  const range = requestedRange(http.headers.range, entry.size);
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${entry.size}` }, body: '' };
  const isHead = http.method === 'HEAD';
  if (range === undefined) {
    const body = isHead ? '' : (await store.read(path)).stream;
    return { headers: { ...headers, 'content-length': String(entry.size) }, body };
  }
  return {
    status: 206,
    headers: {
      ...headers,
      'content-length': String(range.end - range.start),
      'content-range': `bytes ${range.start}-${range.end - 1}/${entry.size}`,
    },
    body: isHead ? '' : (await store.read(path, range)).stream,
  };
}

/** The header's `filename`; what is no token is quoted, what is not ASCII is given a second time as RFC 6266 has it. */
function disposition(name: string): string {
  if (/^[\w.!#$%&'*+^`|~-]+$/.test(name)) return `attachment; filename=${name}`;
  const ascii = name.replace(/[^ -~]/g, '_').replace(/["\\]/g, '\\$&');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
