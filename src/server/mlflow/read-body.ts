// Reads a JSON body by MLflow's rules.
import type { IncomingMessage } from 'node:http';
import { readBody } from '../http/read-body.ts';
import { MlflowError } from './errors.ts';
import { parseBody } from './wire/index.ts';

/**
 * The JSON object of a request's body.
 * @throws MlflowError for a POST or PUT of another content type; Refusal for a body over `limit` bytes
 */
export async function readJsonBody(
  http: IncomingMessage,
  limit: number,
): Promise<Readonly<Record<string, unknown>>> {
  checkContentType(http, ['application/json']);
  return parseBody(await readBody(http, limit));
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
