// A file's bytes by stream, decompressed and brought to UTF-8 without a byte order mark.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, type Transform } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ResourceError } from '../../core/index.ts';
import { RowFault } from '../fault.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** How the file is compressed, told by its first bytes; refuses what is no readable, non-empty file. */
export async function detectCompression(path: string): Promise<Compression> {
  const head = await firstBytes(path, 4);
  if (head.length === 0)
    throw new RowFault('unreadable', 'File is empty', 'check that it was written completely');
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.length === 4 && head.readUInt32LE() === 0xfd2fb528) return 'zstd';
  return 'none';
}

/** The file's content, decompressed when its first bytes say that it is gzip or Zstandard. */
export async function* readBytes(path: string): AsyncGenerator<Buffer> {
  const compression = await detectCompression(path);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (compression === 'none') return yield* file as AsyncIterable<Buffer>;
  const inflate: Transform = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  // Errors reach the reader through the iteration below; the callback only keeps them from being unhandled.
  pipeline(file, inflate, () => {});
  let total = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      total += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw describeInflateError(error, compression, total);
  }
}

/** The file's text as UTF-8 bytes: a byte order mark is dropped, UTF-16 (told by its mark) is converted. */
export async function* readUtf8(path: string): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let first = true;
  for await (const raw of joinShortHead(readBytes(path))) {
    let chunk = raw;
    if (first) {
      first = false;
      const encoding = utf16Mark(chunk);
      if (encoding !== undefined) decoder = new TextDecoder(encoding, { fatal: true });
      else if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) chunk = chunk.subarray(3);
      else refuseUnmarkedUtf16(chunk);
    }
    yield decoder === undefined ? chunk : Buffer.from(decodeUtf16(decoder, chunk));
  }
  if (decoder !== undefined) yield Buffer.from(decodeUtf16(decoder));
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  try {
    if (!(await stat(path)).isFile())
      throw new RowFault('unreadable', 'Path is not a file', 'name a data file or a directory of data files');
    const file = await open(path);
    const { buffer, bytesRead } = await file
      .read(Buffer.alloc(count), 0, count, 0)
      .finally(() => file.close());
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw describeOpenError(path, error);
  }
}

function describeOpenError(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new RowFault('unreadable', 'File does not exist', 'check the path');
  if (code === undefined) return error;
  return new ResourceError(`Cannot read '${path}': ${code}; check its permissions and the disk`, {
    cause: error,
  });
}

function describeInflateError(error: unknown, compression: string, total: number): unknown {
  const code = errorCode(error);
  if (code === undefined || !/^(Z_|ZSTD_|ERR_)/.test(code)) return error;
  const early =
    code === 'Z_BUF_ERROR' || (error instanceof Error && /end of file|truncated/i.test(error.message));
  const what = early ? 'ends too early' : 'is corrupt';
  return new RowFault(
    'truncated',
    `Compressed (${compression}) file ${what}, after ${total} bytes of content`,
    'copy or download it again',
  );
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A pipe may hand out its first bytes one by one; the byte order mark needs three of them together. */
async function* joinShortHead(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < 4) continue;
    yield head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

function utf16Mark(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

function refuseUnmarkedUtf16(head: Buffer): void {
  if (!head.subarray(0, 4).includes(0)) return;
  throw new RowFault(
    'encoding',
    'File is not UTF-8 text: there is a zero byte in its first 4 bytes (UTF-16 without a byte order mark, or a binary file)',
    'save it as UTF-8',
  );
}

function decodeUtf16(decoder: TextDecoder, chunk?: Buffer): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new RowFault('encoding', `File is not valid ${decoder.encoding.toUpperCase()}`, 'save it as UTF-8');
  }
}
