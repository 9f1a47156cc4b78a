// Reads a body as a whole, up to a limit.
import type { IncomingMessage } from 'node:http';
import { InputError } from '../../core/index.ts';
import { Refusal } from './refusal.ts';

/** Bodies that were read: who checks a signature needs one, and the endpoint behind it again. */
const read = new WeakMap<IncomingMessage, Promise<Buffer>>();

/**
 * The bytes of a request's body; the same for everybody who asks.
 * @throws Refusal for a body over `limit` bytes; InputError where the client breaks it off
 */
export async function readBody(http: IncomingMessage, limit: number): Promise<Buffer> {
  const known = read.get(http) ?? readOnce(http, limit);
  read.set(http, known);
  const bytes = await known;
  if (bytes.length > limit) throw tooLarge(limit);
  return bytes;
}

function readOnce(http: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(http.headers['content-length'] ?? 0) > limit) {
      reject(tooLarge(limit));
      return;
    }
    const parts: Buffer[] = [];
    let size = 0;
    http.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= limit) parts.push(part);
      else reject(tooLarge(limit));
    });
    http.on('end', () =>
      resolve(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)),
    );
    http.on('error', reject);
    http.on('close', () => {
      if (!http.complete) reject(new InputError('Cannot read the request: the client broke it off'));
    });
  });
}

function tooLarge(limit: number): Refusal {
  return new Refusal(
    'too-large',
    `Cannot read the request: its body is larger than ${limit} bytes; send it in parts`,
  );
}
