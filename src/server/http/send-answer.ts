// Writes an endpoint's answer to the connection.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Answer } from './call.ts';

/** Sends an answer; a stream is sent as it comes, and a failure on the way breaks the connection off. */
export async function sendAnswer(
  response: ServerResponse,
  { status = 200, headers = {}, body }: Answer,
): Promise<void> {
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  if (body instanceof Readable) {
    await pipeline(body, response);
    return;
  }
  // An answer to HEAD says the length of what it leaves out.
  if (!response.hasHeader('content-length')) response.setHeader('content-length', body.length);
  if (typeof body === 'string') response.end(body, 'latin1');
  else response.end(body);
}
