// The HTTP server: the routes of all faces, who may use them, limits, refusals and errors. It does not listen yet.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { localPrincipal } from '../access/index.ts';
import type { Tracer } from '../platform/index.ts';
import { type Authenticate, checkScope, trustEverybody } from './http/authenticate.ts';
import type { Answer, HttpCall } from './http/call.ts';
import { Exchange } from './http/exchange.ts';
import type { Face, FaceRoute } from './http/face.ts';
import { type GuardOptions, guard } from './http/guard.ts';
import { logFaults, type RequestLog } from './http/log.ts';
import { Refusal } from './http/refusal.ts';
import { requestIdOf } from './http/request-id.ts';
import { fastifyRoute, finder, restName, verbOf } from './http/route-table.ts';
import { limitSilence } from './http/silent-body.ts';
import { Traffic } from './http/traffic.ts';
import { refuseBytes } from './http/unreadable-request.ts';

/** Certificate and key, as PEM. */
export type Tls = { readonly cert: string | Buffer; readonly key: string | Buffer };

export type ServerOptions = GuardOptions & {
  /** Who asks; everybody is trusted unless given. */
  readonly authenticate?: Authenticate;
  /** The most bytes of a body that is read as a whole; 64 MiB unless given. Files and artifacts have limits of their own. */
  readonly bodyLimit?: number;
  /** For so long nothing may come of a body that has begun, in ms; a minute unless given. */
  readonly bodySilenceMs?: number;
  /** Takes an entry for each request; faults alone on standard error unless given. */
  readonly log?: RequestLog;
  /** Where spans of requests go; nowhere unless given. */
  readonly tracer?: Tracer;
  /** Counts requests, and refuses them while the server stops. */
  readonly traffic?: Traffic;
  /** Speaks HTTPS. */
  readonly tls?: Tls;
};

/** For so long nothing may move on a connection. */
const silenceMs = 600_000;

// An import of `node:http` by name reads all its members, and one of them loads a whole HTTP client.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

type Settings = {
  readonly authenticate: Authenticate;
  readonly bodyLimit: number;
  readonly log: RequestLog;
  readonly tracer: Tracer | undefined;
  readonly traffic: Traffic;
};

/** Makes a server of faces. A path that no route takes is refused by the first face that owns it. */
export function createServer(faces: readonly Face[], options: ServerOptions = {}): FastifyInstance {
  const settings = {
    authenticate: options.authenticate ?? trustEverybody,
    bodyLimit: options.bodyLimit ?? 64 * 2 ** 20,
    log: options.log ?? logFaults,
    tracer: options.tracer,
    traffic: options.traffic ?? new Traffic(),
  };
  const app = newFastify(faces, options, settings.log);
  // Bodies are read by the endpoints, which know what they take.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const { face, row } of firstRoutes(faces).values()) addRoute(app, row, { ...settings, face });
  addRefusals(app, faces, settings.log);
  return app;
}

function newFastify(
  faces: readonly Face[],
  { tls, bodySilenceMs = 60_000, ...options }: ServerOptions,
  log: RequestLog,
): FastifyInstance {
  const mayGoOn = guard(options);
  const rewrites = faces.flatMap(({ rewrite }) => rewrite ?? []);
  return fastify({
    keepAliveTimeout: 75_000,
    // A body may take as long as its sender needs; a connection on which nothing moves may not.
    requestTimeout: 0,
    connectionTimeout: silenceMs,
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseBytes,
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => refuseUnreadable(error, request, { reply, faces, log }),
    rewriteUrl: ({ url = '/' }) => rewrites.reduce((rewritten, rewrite) => rewrite(rewritten), url),
    serverFactory: (handler, settings) => {
      const listener = (request: IncomingMessage, response: ServerResponse) => {
        limitSilence(request, response, { bodySilenceMs, usualMs: silenceMs });
        if (mayGoOn(request, response)) handler(request, response);
      };
      const server = listening(listener, tls);
      server.keepAliveTimeout = Number(settings.keepAliveTimeout);
      server.requestTimeout = 0;
      server.timeout = silenceMs;
      return server;
    },
  });
}

function listening(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  tls: Tls | undefined,
): Server {
  if (tls === undefined) return createHttpServer(listener);
  return process.getBuiltinModule('node:https').createServer({ ...tls }, listener);
}

/** Two protocols may have a route of the same name; the face that comes first has it. */
function firstRoutes(
  faces: readonly Face[],
): ReadonlyMap<string, { readonly face: Face; readonly row: FaceRoute }> {
  const rows = faces.flatMap((face) => face.routes.map((row) => ({ face, row })));
  const byRoute = rows.toReversed().map((one) => {
    const { method, url } = fastifyRoute(one.row.route);
    return [`${method} ${url}`, one] as const;
  });
  return new Map(byRoute);
}

type RouteSettings = Settings & { readonly face: Face };

function addRoute(app: FastifyInstance, row: FaceRoute, settings: RouteSettings): void {
  const { route, scope, answer, authenticate = settings.authenticate } = row;
  const rest = restName(route);
  const { face, bodyLimit, log, tracer, traffic } = settings;
  app.route({
    ...fastifyRoute(route),
    handler: (request, reply) => {
      reply.hijack();
      const exchange = new Exchange(request.raw, reply.raw, { log, route, ...(tracer && { tracer }) });
      const run = async (): Promise<Answer> => {
        // What needs no key is asked by those who watch the server
        if (scope !== null) {
          traffic.check(reply.raw);
          traffic.add(reply.raw);
        }
        const principal = scope === null ? localPrincipal : await authenticate(request.raw);
        exchange.owner = principal.owner;
        if (scope !== null) checkScope(principal, scope);
        return answer({
          params: paramsOf(request, rest),
          query: queryOf(request),
          http: request.raw,
          bodyLimit,
          principal,
          requestId: exchange.requestId,
          whenGone: exchange.whenGone,
          trace: exchange.trace,
        });
      };
      void exchange.settle(run, face.errorAnswer);
    },
  });
}

/** fastify's own parsers give these shapes. */
function queryOf(request: FastifyRequest): HttpCall['query'] {
  return request.query as HttpCall['query'];
}

function paramsOf(request: FastifyRequest, rest: string | undefined): HttpCall['params'] {
  const params = request.params as HttpCall['params'];
  return rest === undefined ? params : { ...params, [rest]: params['*'] ?? '' };
}

function addRefusals(app: FastifyInstance, faces: readonly Face[], log: RequestLog): void {
  const served = finder(() => faces.flatMap(({ routes }) => routes));
  const refuseUnknown = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.hijack();
    const path = pathOf(request);
    const allowed = [...new Set(served(path).map(verbOf))];
    const exchange = new Exchange(request.raw, reply.raw, { log });
    const unknown = { method: request.method, path, allowed };
    void exchange.refuse(ownerOf(faces, path).refuseUnknown(unknown, exchange.requestId));
  };
  app.setNotFoundHandler(refuseUnknown);
  app.setErrorHandler((error, request, reply) => {
    // No route has the verb QUERY, of which fastify asks for a type first.
    if (request.method === 'QUERY') refuseUnknown(request, reply);
    else refuseUnreadable(error, request, { reply, faces, log });
  });
}

type Unreadable = { readonly reply: FastifyReply; readonly faces: readonly Face[]; readonly log: RequestLog };

/** What fastify itself cannot take: a path that cannot be decoded, a content type that is none. */
function refuseUnreadable(error: unknown, request: FastifyRequest, { reply, faces, log }: Unreadable): void {
  const isType = error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE';
  const refusal = isType
    ? new Refusal('unreadable', "Content-Type must be one of ['application/json'].")
    : new Refusal('unreadable', 'Its address cannot be decoded.');
  reply.hijack();
  const exchange = new Exchange(request.raw, reply.raw, { log });
  const { errorAnswer } = ownerOf(faces, pathOf(request));
  void exchange.refuse(errorAnswer(refusal, requestIdOf(request.raw)));
}

function pathOf(request: FastifyRequest): string {
  return (request.originalUrl ?? request.raw.url ?? '/').split('?')[0] ?? '';
}

function ownerOf(faces: readonly Face[], path: string): Face {
  const owner = faces.find(({ owns }) => owns(path)) ?? faces.at(-1);
  if (owner === undefined) throw new TypeError('A server needs a face');
  return owner;
}
