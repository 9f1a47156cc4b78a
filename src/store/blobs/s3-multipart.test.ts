import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConflictError, InputError, NotFoundError, ResourceError } from '../../core/index.ts';
import { opendalIsMissing } from '../../testing/opendal.ts';
import { type S3Server, startS3Server } from '../../testing/s3-server.ts';
import { artifactPath } from './artifact-path.ts';
import type { MultipartUploads } from './blob-store.ts';
import { openBlobStore } from './open-blob-store.ts';

const withOpendal = test.skipIf(opendalIsMissing);

let server: S3Server;
let uploads: MultipartUploads;
beforeAll(async () => {
  server = await startS3Server();
  if (!opendalIsMissing) uploads = await open();
});
afterAll(() => server.close());

async function open(environment: Readonly<Record<string, string>> = {}): Promise<MultipartUploads> {
  const store = await openBlobStore('s3://box/pre/fix', {
    environment: { ...server.environment, ...environment },
  });
  if (store.multipart === undefined) throw new Error('The store has no uploads in parts');
  return store.multipart;
}

async function send(url: string, body: string): Promise<string> {
  const response = await fetch(url, { method: 'PUT', body });
  if (!response.ok) throw new Error(await response.text());
  return response.headers.get('etag') ?? '';
}

const part = { number: 1, etag: 'a' };

withOpendal.each(['a/model.bin', "é +&=?#%!'()*~;,@$/x y.bin"])(
  '%j goes up in parts that bear signatures',
  async (name) => {
    const path = artifactPath(name);
    const { uploadId, parts } = await uploads.create(path, { parts: 3 });
    expect(parts.map(({ number }) => number)).toEqual([1, 2, 3]);
    const sent = [];
    for (const { number, url } of parts) sent.push({ number, etag: await send(url, `part ${number},`) });
    await uploads.complete(path, { uploadId, parts: sent });
    expect(server.files.get(`/box/pre/fix/${name}`)?.toString()).toBe('part 1,part 2,part 3,');
    expect(server.uploads.size).toBe(0);
  },
);

withOpendal('the address of a part is good for that part of that upload alone', async () => {
  const path = artifactPath('one');
  const { uploadId, parts } = await uploads.create(path, { parts: 1 });
  const url = parts[0]?.url ?? '';
  await expect(send(url.replace('partNumber=1', 'partNumber=2'), 'x')).rejects.toThrow(
    'SignatureDoesNotMatch',
  );
  await expect(send(url.replace('/one?', '/two?'), 'x')).rejects.toThrow('SignatureDoesNotMatch');
  await uploads.abort(path, uploadId);
});

withOpendal('abort() removes the upload, and what is asked of it later finds none', async () => {
  const path = artifactPath('gone');
  const { uploadId } = await uploads.create(path, { parts: 1 });
  await uploads.abort(path, uploadId);
  expect(server.uploads.size).toBe(0);
  await expect(uploads.abort(path, uploadId)).rejects.toThrow(NotFoundError);
  await expect(uploads.complete(path, { uploadId, parts: [part] })).rejects.toThrow(NotFoundError);
});

withOpendal('complete() refuses a part that was not sent, and the path of another', async () => {
  const path = artifactPath('half');
  const { uploadId } = await uploads.create(path, { parts: 1 });
  const upload = { uploadId, parts: [part] };
  await expect(uploads.complete(path, upload)).rejects.toThrow('a part was not sent');
  await expect(uploads.complete(artifactPath('other'), upload)).rejects.toThrow(NotFoundError);
  await uploads.abort(path, uploadId);
});

withOpendal('create() refuses a path where a folder is', async () => {
  server.files.set('/box/pre/fix/folder/file', Buffer.from('x'));
  await expect(uploads.create(artifactPath('folder'), { parts: 1 })).rejects.toThrow(ConflictError);
  await expect(uploads.create(artifactPath('folder/file/x'), { parts: 1 })).rejects.toThrow(ConflictError);
});

withOpendal.each([0, -1, 1.5, Number.NaN, 10_001])('create() refuses %d parts', async (parts) => {
  await expect(uploads.create(artifactPath('x'), { parts })).rejects.toThrow(InputError);
});

withOpendal.each([
  ['no parts', 'id', []],
  ['part 0', 'id', [{ number: 0, etag: 'a' }]],
  ['part 10,001', 'id', [{ number: 10_001, etag: 'a' }]],
  ['no ETag', 'id', [{ number: 1, etag: '' }]],
  ['an ETag of two lines', 'id', [{ number: 1, etag: 'a\nb' }]],
  ['no id', '', [part]],
  ['an id of two lines', 'a\r\nb', [part]],
  ['an endless id', 'a'.repeat(3000), [part]],
])('complete() refuses %s', async (_, uploadId, parts) => {
  await expect(uploads.complete(artifactPath('x'), { uploadId, parts })).rejects.toThrow(InputError);
});

const errorOf = (code: string): string =>
  `<Error><Code>${code}</Code><Message>${server.url}</Message></Error>`;

withOpendal.each([
  [400, 'EntityTooSmall', InputError, '5 MiB'],
  [400, 'InvalidPartOrder', InputError, 'list them by number'],
  [200, 'InternalError', ResourceError, 'answers 200 (InternalError)'],
  [400, 'ExpiredToken', ResourceError, 'answers 400 (ExpiredToken)'],
  [503, 'SlowDown', ResourceError, 'answers 503 (SlowDown)'],
  [404, 'NoSuchBucket', ResourceError, 'answers 404 (NoSuchBucket)'],
])('an answer %d %s is told as it is meant', async (status, code, type, message) => {
  const complete = async () => {
    server.answerNext({ status, body: errorOf(code) });
    await uploads.complete(artifactPath('x'), { uploadId: 'id', parts: [part] });
  };
  await expect(complete()).rejects.toThrow(type);
  await expect(complete()).rejects.toThrow(message);
});

withOpendal.each([
  ['a redirection', { status: 301, headers: { location: '/elsewhere' } }, 'answers 301'],
  ['a page that is no S3', { status: 200, body: '<html></html>' }, 'names no upload'],
])('create() refuses %s', async (_, answer, message) => {
  server.answerNext(answer);
  await expect(uploads.create(artifactPath('x'), { parts: 1 })).rejects.toThrow(message);
});

withOpendal('a refusal repeats nothing of the keys', async () => {
  const { uploadId } = await uploads.create(artifactPath('x'), { parts: 1 });
  const wrong = await open({ AWS_SECRET_ACCESS_KEY: 'wrong-secret' });
  const error = await wrong.abort(artifactPath('x'), uploadId).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ResourceError);
  expect(String(error)).toContain('answers 403 (SignatureDoesNotMatch)');
  expect(String(error)).not.toMatch(/AKIDTEST|secret|session|Signature=/);
});

withOpendal('a server that is not there is a ResourceError', async () => {
  const gone = await startS3Server();
  await gone.close();
  const absent = await open({ AWS_ENDPOINT_URL: gone.url });
  await expect(absent.abort(artifactPath('x'), 'id')).rejects.toThrow('does not answer');
});

withOpendal('multipart is absent without keys in the environment', async () => {
  const { AWS_ENDPOINT_URL, AWS_REGION } = server.environment;
  const store = await openBlobStore('s3://box', { environment: { AWS_ENDPOINT_URL, AWS_REGION } });
  expect(store.multipart).toBeUndefined();
});
