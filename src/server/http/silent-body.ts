// Bodies that stop coming: their connections are given up sooner than others, and hurt nobody until then.
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Times in ms. */
export type SilenceLimits = {
  /** While a body comes. */
  readonly bodySilenceMs: number;
  /** At all other times. */
  readonly usualMs: number;
};

/** Answers 408 and closes the connection when nothing comes of a body for too long. How long it takes in all is its sender's affair. */
export function limitSilence(
  request: IncomingMessage,
  response: ServerResponse,
  { bodySilenceMs, usualMs }: SilenceLimits,
): void {
  if (!hasBody(request)) return;
  const { socket } = request;
  socket.setTimeout(bodySilenceMs);
  request.once('end', () => socket.setTimeout(usualMs));
  request.once('timeout', () => {
    if (request.complete || response.headersSent) {
      socket.destroy();
      return;
    }
    response.once('finish', () => socket.destroySoon());
    response.writeHead(408, { 'content-type': 'text/plain', connection: 'close' });
    response.end('The rest of the body did not come in time; send the request again');
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
