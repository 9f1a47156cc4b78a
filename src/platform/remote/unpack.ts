// Unpacks what was fetched, however it is called, and never to more than a limit.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InputError, isSystemError } from '../../core/index.ts';

const unzip = promisify(gunzip);

/** A packed file may be packed again on its way. */
const mostLayers = 2;

/**
 * The bytes without gzip.
 * @throws InputError for more than `limit` bytes and for what is broken
 */
export async function unpack(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  let plain = bytes;
  for (let layer = 0; layer < mostLayers && isGzip(plain); layer++) plain = await unpackOnce(plain, limit);
  return plain;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpackOnce(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (cause) {
    const isTooLarge = isSystemError(cause) && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw new InputError(
      isTooLarge
        ? `Cannot unpack the file: it has more than ${limit} bytes; send it in parts`
        : 'Cannot unpack the file: its gzip data are broken; pack it again',
      { cause },
    );
  }
}
