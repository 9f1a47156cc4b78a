// Endpoints that take and give JSON, declared by schemas: one place that checks, answers and documents.
import type { z } from 'zod';
import type { Answer, HttpCall, Query, Route } from './call.ts';
import type { Documentation, FaceRoute, NeededScope } from './face.ts';
import { parseParameters } from './parse.ts';
import { readJson } from './read-json.ts';

/** An endpoint of a face over the context `C`. */
export type FaceEndpoint<C> = {
  readonly routes: readonly Route[];
  /** See {@link FaceRoute}. */
  readonly scope: NeededScope;
  readonly documentation: Documentation;
  readonly answer: (call: HttpCall, context: C) => Answer | Promise<Answer>;
};

/** A call whose body and query were checked. */
export type CheckedCall<C, Body, Q> = HttpCall & {
  readonly context: C;
  readonly body: Body;
  readonly checkedQuery: Q;
};

/** What `jsonEndpoint` takes. `handle` returns what is sent as JSON, or an {@link Answer} made by `answerWith`. */
export type JsonEndpointOptions<C, Body extends z.ZodType, Q extends z.ZodType> = {
  readonly route: Route | readonly Route[];
  readonly scope: NeededScope;
  readonly summary: string;
  /** Without it no body is read. */
  readonly body?: Body;
  readonly query?: Q;
  readonly response?: z.ZodType;
  readonly handle: (call: CheckedCall<C, z.output<Body>, z.output<Q>>) => unknown;
};

/** Declares an endpoint. */
export function jsonEndpoint<C, Body extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType>({
  route,
  scope,
  summary,
  body,
  query,
  response,
  handle,
}: JsonEndpointOptions<C, Body, Q>): FaceEndpoint<C> {
  return {
    routes: typeof route === 'string' ? [route] : route,
    scope,
    documentation: { summary, ...(body && { body }), ...(query && { query }), ...(response && { response }) },
    async answer(call, context) {
      const checked: CheckedCall<C, z.output<Body>, z.output<Q>> = {
        ...call,
        context,
        // Without a schema nobody can have said that there is a type to it.
        body: (body && parseParameters(body, await readJson(call))) as z.output<Body>,
        checkedQuery: (query && parseParameters(query, plain(call.query))) as z.output<Q>,
      };
      const result = await handle(checked);
      return result instanceof ReadyAnswer ? result.answer : json(result);
    },
  };
}

/** An answer that is not the JSON of a value. */
class ReadyAnswer {
  readonly answer: Answer;
  constructor(answer: Answer) {
    this.answer = answer;
  }
}

/** Says the whole answer: its status, headers, a stream. */
export function answerWith(answer: Answer): unknown {
  return new ReadyAnswer(answer);
}

/** The routes of endpoints over their context. */
export function faceRoutes<C>(endpoints: readonly FaceEndpoint<C>[], context: C): readonly FaceRoute[] {
  return endpoints.flatMap(({ routes, scope, documentation, answer }) =>
    routes.map((route) => ({ route, scope, documentation, answer: (call) => answer(call, context) })),
  );
}

/** An answer of JSON. */
export function json(value: unknown, status = 200): Answer {
  return { status, body: Buffer.from(JSON.stringify(value ?? null)) };
}

/** As schemas read it: a name that occurs once has one value. */
function plain(query: Query): Record<string, string | readonly string[] | undefined> {
  return { ...query };
}
