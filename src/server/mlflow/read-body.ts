// Reads a body as a whole, up to a limit, and its JSON by MLflow's rules.
import type { IncomingMessage } from 'node:http';
import { InputError } from '../../core/index.ts';
import { MlflowError } from './errors.ts';
import { parseBody } from './wire/index.ts';

/**
 * The JSON object of a request's body.
 * @throws MlflowError for a POST or PUT of another content type, or a body over `limit` bytes
 */
export async function readJsonBody(
  http: IncomingMessage,
  limit: number,
): Promise<Readonly<Record<string, unknown>>> {
  checkContentType(http, ['application/json']);
  return parseBody(await readBody(http, limit));
}

/**
 * The bytes of a request's body.
 * @throws MlflowError for a body over `limit` bytes
 */
export function readBody(http: IncomingMessage, limit: number): Promise<Buffer> {
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

/** MLflow's rule: what a POST or PUT carries must be named. */
export function checkContentType(http: IncomingMessage, types: readonly string[]): void {
  if (http.method !== 'POST' && http.method !== 'PUT') return;
  const given = http.headers['content-type'];
  if (given === undefined) throw refuse('Content-Type header is missing.');
  if (!types.includes(given.split(';')[0] ?? ''))
    throw refuse(`Content-Type must be one of [${types.map((type) => `'${type}'`).join(', ')}].`);
}

function refuse(reason: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', `Bad Request. ${reason}`);
}

function tooLarge(limit: number): MlflowError {
  return new MlflowError(
    'INVALID_PARAMETER_VALUE',
    `Cannot read the request: its body is larger than ${limit} bytes; send it in parts`,
    { status: 413 },
  );
}
