// Writes an endpoint's answer to the connection.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { Answer } from './call.ts';

/** For so long a client that has its answer may go on sending, in ms. */
const patience = 10_000;

/** Sends an answer; a stream is sent as it comes, and a failure on the way breaks the connection off. */
export async function sendAnswer(response: ServerResponse, answer: Answer): Promise<void> {
  setHeaders(response, answer);
  const { body } = answer;
  if (body instanceof Readable) await pipeline(body, response);
  else if (typeof body === 'string') response.end(body, 'latin1');
  else response.end(body);
}

/**
 * Sends an answer before all of the request has come, and closes the connection. What comes for a while is read and forgotten: a client
 * that is cut off while it sends does not read its answer.
 */
export async function sendEarlyAnswer(
  response: ServerResponse,
  answer: Answer & { readonly body: string | Uint8Array },
): Promise<void> {
  response.setHeader('connection', 'close');
  setHeaders(response, answer);
  const { body } = answer;
  if (typeof body === 'string') response.write(body, 'latin1');
  else response.write(body);
  const request = response.req.resume();
  const signal = AbortSignal.timeout(patience);
  await finished(request, { writable: false, signal }).catch(() => undefined);
  response.end();
}

function setHeaders(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  if (!response.hasHeader('content-type')) response.setHeader('content-type', 'application/json');
  if (body instanceof Readable) return;
  // An answer to HEAD says the length of what it leaves out.
  if (!response.hasHeader('content-length')) response.setHeader('content-length', body.length);
}
