// A server that speaks as much S3 as our stores ask of one, keeps files in memory and takes only requests that are signed.
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { isSignedWith } from './s3-signature.ts';

export type S3Server = {
  readonly url: string;
  /** What opens a bucket of this server. */
  readonly environment: Readonly<Record<string, string>>;
  /** Files by `/BUCKET/KEY`. */
  readonly files: Map<string, Buffer>;
  /** The uploads under way, by id. */
  readonly uploads: Map<string, Upload>;
  /** Gives this answer to the next POST. */
  answerNext(answer: S3Answer): void;
  close(): Promise<void>;
};

export type S3Answer = {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

type Upload = { readonly path: string; readonly parts: Map<number, Buffer> };

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  readonly body: Buffer;
};

const secret = 'very/secret+key';

/** Starts one on a free port of the loopback. */
export async function startS3Server(): Promise<S3Server> {
  const files = new Map<string, Buffer>();
  const uploads = new Map<string, Upload>();
  const planned: S3Answer[] = [];
  const answerTo = async (request: IncomingMessage): Promise<S3Answer> => {
    const body = await buffer(request);
    const fault = authenticationFault(request, body);
    if (fault !== undefined) return fault;
    const asked = askedBy(request, body);
    return (asked.method === 'POST' && planned.shift()) || serve(asked, { files, uploads });
  };
  const server = createServer((request, response) => {
    const respond = ({ status, body = '', headers = {} }: S3Answer): void => {
      response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    answerTo(request).then(respond, (error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_SESSION_TOKEN: 'session/to+ken==',
      AWS_REGION: 'eu-west-1',
    },
    files,
    uploads,
    answerNext: (answer) => planned.push(answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askedBy({ method = '', url = '', headers }: IncomingMessage, body: Buffer): Asked {
  const { pathname, searchParams } = new URL(url, 'http://server');
  return { method, path: decodeURIComponent(pathname), query: searchParams, range: headers.range, body };
}

function authenticationFault(
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): S3Answer | undefined {
  const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  const announced = single['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const token =
    single['x-amz-security-token'] ?? new URL(url, 'http://s').searchParams.get('X-Amz-Security-Token');
  if (token !== 'session/to+ken==') return refusal(403, 'InvalidToken');
  if (!isSignedWith(secret, { method, target: url, headers: single }))
    return refusal(403, 'SignatureDoesNotMatch', `<StringToSign>${single.authorization}</StringToSign>`);
  const actual = createHash('sha256').update(body).digest('hex');
  if (announced !== 'UNSIGNED-PAYLOAD' && announced !== actual)
    return refusal(400, 'XAmzContentSHA256Mismatch');
  return undefined;
}

type Kept = Pick<S3Server, 'files' | 'uploads'>;

function serve(asked: Asked, kept: Kept): S3Answer {
  const { method, path, query, body } = asked;
  const id = query.get('uploadId');
  if (id !== null) return serveUpload(asked, { ...kept, id });
  if (method === 'POST' && query.has('uploads')) {
    const uploadId = `${randomUUID()}+/=&`;
    kept.uploads.set(uploadId, { path, parts: new Map() });
    const text = uploadId.replace('&', '&amp;');
    return document(
      `<InitiateMultipartUploadResult><UploadId>${text}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  if (method === 'GET' && query.has('list-type')) return listing(asked, kept);
  if (method === 'PUT') {
    kept.files.set(path, body);
    return { status: 200, headers: { etag: etagOf(body) } };
  }
  const file = kept.files.get(path);
  return file === undefined ? refusal(404, 'NoSuchKey') : content(file, asked.range);
}

function serveUpload(
  { method, path, query, body }: Asked,
  { uploads, files, id }: Kept & { id: string },
): S3Answer {
  const upload = uploads.get(id);
  if (upload?.path !== path) return refusal(404, 'NoSuchUpload');
  if (method === 'PUT') {
    upload.parts.set(Number(query.get('partNumber')), body);
    return { status: 200, headers: { etag: etagOf(body) } };
  }
  if (method === 'POST') {
    const parts = listedParts(body.toString(), upload);
    if (parts === undefined) return refusal(400, 'InvalidPart');
    files.set(path, Buffer.concat(parts));
  }
  uploads.delete(id);
  return method === 'POST' ? document('<CompleteMultipartUploadResult/>') : { status: 204 };
}

/** The parts that a completion lists; undefined when one is not there. */
function listedParts(xml: string, { parts }: Upload): readonly Buffer[] | undefined {
  const listed = [...xml.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)].map(
    ([, number, etag]) => {
      const part = parts.get(Number(number));
      return part !== undefined && etagOf(part) === etag ? part : undefined;
    },
  );
  const found = listed.filter((part) => part !== undefined);
  return found.length === listed.length ? found : undefined;
}

function listing({ path, query }: Asked, { files }: Kept): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const start = `${path.replace(/\/$/, '')}/${prefix}`;
  const found = [...files].filter(([name]) => name.startsWith(start));
  const entries = found.map(([name, data]) => {
    const key = `${prefix}${name.slice(start.length)}`;
    return `<Contents><Key>${key}</Key><Size>${data.length}</Size><ETag>${etagOf(data)}</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;
  });
  return document(`<ListBucketResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`);
}

function content(file: Buffer, range: string | undefined): S3Answer {
  const headers = { etag: etagOf(file), 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (first === undefined) return { status: 200, body: file, headers };
  return { status: 206, body: file.subarray(Number(first), Number(last) + 1), headers };
}

function document(xml: string): S3Answer {
  return { status: 200, body: `<?xml version="1.0"?>${xml}`, headers: { 'content-type': 'application/xml' } };
}

function refusal(status: number, code: string, more = ''): S3Answer {
  return { ...document(`<Error><Code>${code}</Code><Message>No.</Message>${more}</Error>`), status };
}

function etagOf(data: Buffer): string {
  return `"${createHash('md5').update(data).digest('hex')}"`;
}
