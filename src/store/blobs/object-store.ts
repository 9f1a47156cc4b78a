// Files in an object store, through opendal.
import { Readable } from 'node:stream';
import type { Metadata, Operator, Reader } from 'opendal';
import { InputError, NotFoundError, ResourceError } from '../../core/index.ts';
import { type ArtifactPath, isArtifactPath } from './artifact-path.ts';
import type {
  BlobContent,
  BlobEntry,
  BlobSource,
  BlobStore,
  ByteRange,
  MultipartUploads,
  PresignedRequest,
  WriteOptions,
} from './blob-store.ts';
import { boundedRange } from './byte-range.ts';
import { collision } from './directory-store.ts';
import { refuseWrongSize } from './staging.ts';

/** A store over an operator whose root is the store's; `multipart` are the uploads to the same root, where there are any. */
export function objectStore(
  operator: Operator,
  { uri, multipart }: { readonly uri: string; readonly multipart?: MultipartUploads | undefined },
): BlobStore {
  const store = new ObjectStore(operator, uri);
  const presignRead = (path: ArtifactPath, options: { readonly expiresInSeconds: number }) =>
    store.presign(path, options.expiresInSeconds);
  return Object.assign(
    store,
    operator.capability().presignRead && { presignRead },
    multipart && { multipart: store.guard(multipart) },
  );
}

const mebibyte = 2 ** 20;
/** An upload has at most 10,000 parts. */
const mostParts = 10_000;
const concurrentLookups = 32;

class ObjectStore implements BlobStore {
  readonly uri: string;
  readonly #operator: Operator;
  // Some servers cannot describe a file without a type.
  readonly #typed: { readonly contentType?: string };

  constructor(operator: Operator, uri: string) {
    this.#operator = operator;
    const typed = operator.capability().writeWithContentType;
    this.#typed = typed ? { contentType: 'application/octet-stream' } : {};
    this.uri = uri;
  }

  async list(folder?: ArtifactPath): Promise<readonly BlobEntry[]> {
    const prefix = folder === undefined ? '/' : `${folder}/`;
    const found = await attempt(`Cannot list '${folder ?? ''}'`, () => this.#operator.list(prefix));
    const names = found.map((entry) => entry.path()).filter((name) => name !== prefix);
    const entries = await mapConcurrently(names, (name) => this.#listed(name));
    return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async stat(path: ArtifactPath): Promise<BlobEntry | undefined> {
    refuseTrimmed(path);
    const file = await this.#metadata(path);
    if (file?.isFile()) return { path, isDirectory: false, size: Number(file.contentLength) };
    return (await this.#metadata(`${path}/`)) && { path, isDirectory: true, size: 0 };
  }

  async read(path: ArtifactPath, range?: ByteRange): Promise<BlobContent> {
    refuseTrimmed(path);
    const file = await this.#metadata(path);
    if (!file?.isFile())
      throw new NotFoundError(`Cannot read '${path}': there is no such file; check the path`);
    const size = Number(file.contentLength);
    const bounds = boundedRange(size, range);
    if (bounds.start === bounds.end) return { size, stream: Readable.from([]) };
    const whole = bounds.start === 0 && bounds.end === size;
    const direct = whole ? undefined : await this.#presignedStream(path, bounds);
    const reader = () => attempt(`Cannot read '${path}'`, () => this.#operator.reader(path));
    return { size, stream: direct ?? Readable.from(readBetween(await reader(), { ...bounds, path })) };
  }

  async write(path: ArtifactPath, source: BlobSource, { size }: WriteOptions = {}): Promise<number> {
    refuseTrimmed(path);
    await this.#refuseCollision(path);
    const chunk =
      size === undefined ? 16 * mebibyte : Math.max(8 * mebibyte, Math.ceil(size / (mostParts - 1)));
    const action = `Cannot write '${path}'`;
    const writer = await attempt(action, () =>
      this.#operator.writer(path, { chunk: BigInt(chunk), ...this.#typed }),
    );
    let written = 0;
    // Nothing is seen of what a writer was given before it is closed; one that is dropped leaves no file.
    for await (const part of source instanceof Uint8Array ? [source] : source) {
      await attempt(action, () => writer.write(Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
      written += part.byteLength;
    }
    refuseWrongSize(written, size);
    await attempt(action, () => writer.close());
    return written;
  }

  async delete(path: ArtifactPath): Promise<void> {
    const entry = await this.stat(path);
    if (entry === undefined)
      throw new NotFoundError(`Cannot delete '${path}': there is no such file or folder; check the path`);
    await attempt(`Cannot delete '${path}'`, async () => {
      await this.#operator.delete(path);
      await this.#operator.removeAll(`${path}/`);
    });
  }

  async presign(path: ArtifactPath, expiresInSeconds: number): Promise<PresignedRequest> {
    refuseTrimmed(path);
    const action = `Cannot sign a request to read '${path}'`;
    const { method, url, headers } = await attempt(action, () =>
      this.#operator.presignRead(path, expiresInSeconds),
    );
    return { method, url, headers };
  }

  /** Uploads that begin only where `write` would. */
  guard(uploads: MultipartUploads): MultipartUploads {
    return {
      create: async (path, options) => {
        refuseTrimmed(path);
        await this.#refuseCollision(path);
        return await uploads.create(path, options);
      },
      complete: (path, upload) => uploads.complete(path, upload),
      abort: (path, uploadId) => uploads.abort(path, uploadId),
    };
  }

  async #listed(name: string): Promise<BlobEntry | undefined> {
    const path = name.replace(/\/$/, '');
    // Names that no path can say are nobody's artifacts.
    if (!isArtifactPath(path)) return undefined;
    if (name.endsWith('/')) return { path, isDirectory: true, size: 0 };
    const file = await this.#metadata(name);
    return file && { path, isDirectory: false, size: Number(file.contentLength) };
  }

  async #metadata(path: string): Promise<Metadata | undefined> {
    try {
      return await this.#operator.stat(path);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('NotFound')) return undefined;
      throw storeError(`Cannot look up '${path}'`, error);
    }
  }

  async #refuseCollision(path: ArtifactPath): Promise<void> {
    const segments = path.split('/');
    const ancestors = segments.slice(1).map((_, i) => segments.slice(0, i + 1).join('/'));
    const [folder, ...files] = await Promise.all(
      [`${path}/`, ...ancestors].map((one) => this.#metadata(one)),
    );
    if (folder !== undefined || files.some((file) => file?.isFile())) throw collision(path);
  }

  /** A range from the store itself: the library reads from the beginning only. Undefined where requests cannot be signed. */
  async #presignedStream(
    path: ArtifactPath,
    { start, end }: { start: number; end: number },
  ): Promise<Readable | undefined> {
    if (!this.#operator.capability().presignRead) return undefined;
    const request = await this.#operator.presignRead(path, 3_600).catch(() => undefined);
    if (request === undefined) return undefined;
    const headers = { ...request.headers, range: `bytes=${start}-${end - 1}` };
    const response = await attempt(`Cannot read '${path}'`, () => fetch(request.url, { headers }));
    if (response.status === 206 && response.body !== null) return Readable.fromWeb(response.body);
    throw new ResourceError(`Cannot read '${path}': the object store answers ${response.status}; try again`);
  }
}

async function* readBetween(
  reader: Reader,
  { start, end, path }: { start: number; end: number; path: ArtifactPath },
): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < end; ) {
    const buffer = Buffer.allocUnsafe(Math.min(mebibyte, end - position));
    const count = Number(await attempt(`Cannot read '${path}'`, () => reader.read(buffer)));
    if (count === 0)
      throw new ResourceError(`Cannot read '${path}': it ends at byte ${position} of ${end}; try again`);
    if (position + count > start) yield buffer.subarray(Math.max(0, start - position), count);
    position += count;
  }
}

/** The library trims paths: two paths would name one file. */
function refuseTrimmed(path: ArtifactPath): void {
  if (path !== path.trim())
    throw new InputError(`Cannot use the path '${path}': it begins or ends with white space; choose another`);
}

async function attempt<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeError(action, error);
  }
}

/** In the middle of the library's messages lie whole requests and answers, which may hold what nobody should read. */
function storeError(action: string, cause: unknown): Error {
  const [kind = ''] = /^\w+/.exec(String(cause instanceof Error ? cause.message : cause)) ?? [];
  const advice = adviceFor[kind] ?? 'try again, or check that the object store works';
  return new ResourceError(`${action}: the object store reports ${kind}; ${advice}`, { cause });
}

const adviceFor: Readonly<Record<string, string>> = {
  PermissionDenied: 'check the credentials in the environment and the rights that they give',
  NotFound: 'check the bucket or container and the path',
  RateLimited: 'try again later',
  ConfigInvalid: 'check the address and the credentials in the environment',
};

async function mapConcurrently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [i, item] of waiting) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: concurrentLookups }, worker));
  return results;
}
