// The HTTP server: routes of all endpoints, limits, refusals and errors. It does not listen yet.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { type GuardOptions, guard } from './guard.ts';
import { methodNotAllowedPage, notFoundPage } from './html-pages.ts';
import type { MlflowContext } from './mlflow/context.ts';
import type { Call, Endpoint, Route } from './mlflow/endpoint.ts';
import { errorAnswer, MlflowError } from './mlflow/errors.ts';
import { outOfScope, refusalOf } from './mlflow/out-of-scope.ts';
import { mlflowEndpoints } from './mlflow/routes.ts';
import { fastifyRoute, finder, foldTwins, restName, verbOf } from './route-table.ts';
import { sendAnswer } from './send-answer.ts';

export type ServerOptions = GuardOptions & {
  /** The most bytes of a JSON body; 64 MiB unless given. Artifacts have no limit. */
  readonly bodyLimit?: number;
  /** Takes a line for each request at which the server failed; standard error unless given. */
  readonly log?: (line: string) => void;
  /** The endpoints; all of MLflow's unless given. */
  readonly endpoints?: readonly Endpoint[];
};

// An import of `node:http` by name reads all its members, and one of them loads a whole HTTP client.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

type Settings = { readonly bodyLimit: number; readonly log: (line: string) => void };

/** Makes a server of the endpoints over a context. */
export function createServer(context: MlflowContext, options: ServerOptions = {}): FastifyInstance {
  const { endpoints = mlflowEndpoints, bodyLimit = 64 * 2 ** 20 } = options;
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const { served, rewrite } = foldTwins(endpoints);
  const app = newFastify(options, rewrite);
  // Bodies are read by the endpoints, which know what they take.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const { route, endpoint } of served) addRoute(app, route, { endpoint, context, bodyLimit, log });
  addRefusals(app, endpoints);
  return app;
}

function newFastify(options: GuardOptions, rewrite: (url: string) => string): FastifyInstance {
  const mayGoOn = guard(options);
  return fastify({
    keepAliveTimeout: 75_000,
    // A body may take as long as its sender needs; a connection on which nothing moves may not.
    requestTimeout: 0,
    connectionTimeout: 600_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: refuseUnreadable,
    rewriteUrl: ({ url = '/' }) => rewrite(url),
    serverFactory: (handler, settings) => {
      const server = createHttpServer((request, response) => {
        if (mayGoOn(request, response)) handler(request, response);
      });
      server.keepAliveTimeout = Number(settings.keepAliveTimeout);
      server.requestTimeout = 0;
      server.timeout = 600_000;
      return server;
    },
  });
}

type RouteSettings = Settings & { readonly endpoint: Endpoint; readonly context: MlflowContext };

function addRoute(app: FastifyInstance, route: Route, settings: RouteSettings): void {
  const rest = restName(route);
  app.route({
    ...fastifyRoute(route),
    handler: (request, reply) => {
      reply.hijack();
      const call: Call = {
        context: settings.context,
        params: paramsOf(request, rest),
        query: queryOf(request),
        http: request.raw,
        bodyLimit: settings.bodyLimit,
      };
      void answerCall(call, reply.raw, settings);
    },
  });
}

/** fastify's own parsers give these shapes. */
function queryOf(request: FastifyRequest): Call['query'] {
  return request.query as Call['query'];
}

function paramsOf(request: FastifyRequest, rest: string | undefined): Call['params'] {
  const params = request.params as Call['params'];
  return rest === undefined ? params : { ...params, [rest]: params['*'] ?? '' };
}

async function answerCall(
  call: Call,
  response: ServerResponse,
  { endpoint, log }: RouteSettings,
): Promise<void> {
  try {
    await sendAnswer(response, await endpoint.answer(call));
  } catch (error) {
    await sendError(error, { request: call.http, response, log });
  }
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly log: (line: string) => void;
};

async function sendError(error: unknown, { request, response, log }: Exchange): Promise<void> {
  // The client is gone, or has part of the answer: nothing can be said any more.
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const requestId = randomUUID();
  const { status, body, isFault } = errorAnswer(error, requestId);
  if (isFault)
    log(`${requestId} ${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
  if (!request.complete) response.setHeader('connection', 'close');
  await sendAnswer(response, { status, body });
}

function addRefusals(app: FastifyInstance, endpoints: readonly Endpoint[]): void {
  const served = finder(() => endpoints.flatMap(({ routes }) => routes.map((route) => ({ route }))));
  const leftOut = finder(() => outOfScope(endpoints));
  app.setNotFoundHandler((request, reply) => {
    const path = request.originalUrl.split('?')[0] ?? '';
    const others = leftOut(path);
    const asked = others.find((one) => verbOf(one) === request.method);
    if (asked !== undefined) return refuse(refusalOf(asked), request, reply);
    const allowed = new Set([...served(path), ...others].map(verbOf));
    reply.header('content-type', 'text/html; charset=utf-8');
    if (allowed.size === 0) return reply.code(404).send(notFoundPage);
    return reply
      .code(405)
      .header('allow', [...allowed, 'OPTIONS'].join(', '))
      .send(methodNotAllowedPage);
  });
  app.setErrorHandler(refuseUnreadable);
}

/** What fastify itself cannot take: a path that cannot be decoded, a content type that is none. */
function refuseUnreadable(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const isType = error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE';
  const reason = isType
    ? "Content-Type must be one of ['application/json']."
    : 'Its address cannot be decoded.';
  refuse(new MlflowError('INVALID_PARAMETER_VALUE', `Bad Request. ${reason}`), request, reply);
}

function refuse(error: MlflowError, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = errorAnswer(error, request.id);
  reply.code(status).header('content-type', 'application/json').send(Buffer.from(body));
}
