// How an endpoint is declared: its routes, the messages it takes and gives, and what it does.
import type { IncomingMessage } from 'node:http';
import type { Answer, HttpCall, Route } from '../http/call.ts';
import type { MlflowContext } from './context.ts';
import { readJsonBody } from './read-body.ts';
import {
  type Fields,
  type Infer,
  type Message,
  message,
  type Output,
  readMessage,
  readQueryMessage,
  type Writer,
} from './wire/index.ts';

export type { Answer, Route } from '../http/call.ts';

/** One request, before anything is read of its body. */
export type Call = HttpCall & { readonly context: MlflowContext };

/** An endpoint as the server sees it. */
export type Endpoint = {
  readonly routes: readonly Route[];
  /** The fields that it takes; absent where it reads the request itself. */
  readonly request?: Fields;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
};

/** An endpoint of messages, which can also be asked without HTTP. */
export type MessageEndpoint<Res extends Fields> = Endpoint & {
  /** Answers a request that has been read: its JSON. @throws InputError for a request that is none, and as the endpoint */
  readonly respond: (json: unknown, call: Pick<Call, 'context' | 'http'>) => Handled<Res>;
};

/** What `endpoint` takes. */
export type EndpointOptions<Req extends Fields, Res extends Fields> = {
  /** Where it is served; below `/api/` it is served below `/ajax-api/` too. */
  readonly route: Route | readonly Route[];
  /** The fields of the request; the route's `{names}` are among them. */
  readonly request: Req;
  /** The fields of the answer, in the order in which they are written. */
  readonly response: Res;
  /** Errors: those of core, with the text that the client is to read. */
  readonly handle: (call: {
    readonly context: MlflowContext;
    readonly request: Infer<Message<Req>>;
    /** For the headers; the body is read. */
    readonly http: IncomingMessage;
  }) => Handled<Res>;
};

/** An endpoint whose answer has no fields returns nothing. */
type Handled<Res extends Fields> = keyof Res extends never ? Promise<void> : Promise<Output<Message<Res>>>;

/** Declares an endpoint that takes and gives messages. */
export function endpoint<const Req extends Fields, const Res extends Fields>({
  route,
  request,
  response,
  handle,
}: EndpointOptions<Req, Res>): MessageEndpoint<Res> {
  const requestType = message(request);
  const writer: Writer<unknown> = message(response).writer(0);
  return {
    routes: withTwins(route),
    request,
    respond: (json, { context, http }) => handle({ context, http, request: readMessage(requestType, json) }),
    async answer(call) {
      const read = readRequest(requestType, call);
      const value = await handle({
        context: call.context,
        request: read instanceof Promise ? await read : read,
        http: call.http,
      });
      return { body: value === undefined ? '{}' : writer.write(value) };
    },
  };
}

/** Declares an endpoint that reads the request and makes the answer itself: files, other formats. */
export function rawEndpoint({
  route,
  handle,
}: {
  readonly route: Route | readonly Route[];
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}): Endpoint {
  return { routes: withTwins(route), answer: handle };
}

/** A GET with a query is read from it; anything else from its JSON body. The path's values go before both. */
function readRequest<Req extends Fields>(
  type: Message<Req>,
  call: Call,
): Infer<Message<Req>> | Promise<Infer<Message<Req>>> {
  const { http, query, params } = call;
  const isGet = http.method === 'GET' || http.method === 'HEAD';
  if (isGet && hasKeys(query)) return readQueryMessage(type, { ...query, ...params });
  return readJsonBody(http, call.bodyLimit).then((json) =>
    readMessage(type, hasKeys(params) ? { ...json, ...params } : json),
  );
}

function hasKeys(record: object): boolean {
  for (const _ in record) return true;
  return false;
}

function withTwins(route: Route | readonly Route[]): readonly Route[] {
  const routes = typeof route === 'string' ? [route] : route;
  const all = routes.flatMap((one): Route[] => [one, twin(one)]);
  return [...new Set(all)];
}

/** The same route for MLflow's own page. */
function twin(route: Route): Route {
  const [verb, path = ''] = route.split(' ');
  const served = `${verb} ${path.replace(/^\/api\//, '/ajax-api/')}`;
  return isRoute(served) ? served : route;
}

function isRoute(text: string): text is Route {
  return /^(GET|POST|PUT|PATCH|DELETE) \//.test(text);
}
