// Who may talk to the server: the Host header, other origins' requests, and the headers that keep browsers careful.
import type { IncomingMessage, ServerResponse } from 'node:http';

export type GuardOptions = {
  /** Names under which the server may be addressed besides the loopback's: `host`, `host:port`, or `*` for any. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages may change things besides the loopback's: `https://host`, or `*` for any. */
  readonly allowedOrigins?: readonly string[];
};

const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const changing: ReadonlySet<string> = new Set(['POST', 'PUT', 'DELETE', 'PATCH']);

/** Makes a function that says whether a request may go on; it answers those that may not. */
export function guard({
  allowedHosts = [],
  allowedOrigins = [],
}: GuardOptions): (request: IncomingMessage, response: ServerResponse) => boolean {
  const isHost = remembered(
    (host) => isLoopback(host) || listed(allowedHosts, host) || listed(allowedHosts, nameOf(host)),
  );
  const isOrigin = remembered((origin) => isLoopbackOrigin(origin) || listed(allowedOrigins, origin));
  return (request, response) => {
    const { url = '/', headers } = request;
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('x-frame-options', 'SAMEORIGIN');
    if (hostsOf(request) > 1) return refuse(response, 'Invalid Host header - there must be one', 400);
    // Load balancers ask for a server's health by its address.
    if (url !== '/health' && url !== '/version' && !isHost(headers.host ?? ''))
      return refuse(response, 'Invalid Host header - possible DNS rebinding attack detected');
    if (headers.origin === undefined) return true;
    if (!isOrigin(headers.origin)) return refuseOrigin(request, response);
    return allowOrigin(request, response, headers.origin);
  };
}

/** What stands between may have looked at another one than the first. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
}

function refuse(response: ServerResponse, reason: string, status = 403): false {
  // The body is not read: the connection cannot be used again.
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(reason);
  return false;
}

/** Another origin may read what its browser lets it, which is nothing, and change nothing. */
function refuseOrigin(request: IncomingMessage, response: ServerResponse): boolean {
  if (changing.has(request.method ?? 'GET')) return refuse(response, 'Cross-origin request blocked');
  if (!isPreflight(request)) return true;
  response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('Disallowed CORS origin');
  return false;
}

function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Cross-origin resource sharing with an origin that is allowed; preflights are answered here. */
function allowOrigin(request: IncomingMessage, response: ServerResponse, origin: string): boolean {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('vary', 'Origin');
  if (!isPreflight(request)) return true;
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE, OPTIONS, PATCH');
  response.setHeader(
    'access-control-allow-headers',
    request.headers['access-control-request-headers'] ?? '*',
  );
  response.writeHead(204).end();
  return false;
}

function isLoopback(host: string): boolean {
  return loopback.has(nameOf(host).toLowerCase());
}

function isLoopbackOrigin(origin: string): boolean {
  return /^https?:\/\//i.test(origin) && isLoopback(origin.replace(/^https?:\/\//i, ''));
}

/** `[::1]:5000` and `localhost:5000` without their ports. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

function listed(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

const rememberedLimit = 1000;

function remembered(decide: (text: string) => boolean): (text: string) => boolean {
  const decisions = new Map<string, boolean>();
  return (text) => {
    const known = decisions.get(text);
    if (known !== undefined) return known;
    if (decisions.size >= rememberedLimit) decisions.clear();
    const decision = decide(text);
    decisions.set(text, decision);
    return decision;
  };
}
