// Which methods a path has, for requests that no route took.
import type { Endpoint, Route } from './mlflow/endpoint.ts';

/** A route as fastify wants it. */
export type FastifyRoute = { readonly method: string; readonly url: string };

/** `{name}` becomes `:name`; `{name*}`, which takes the rest of the path, becomes `*`. */
export function fastifyRoute(route: Route): FastifyRoute {
  const [method = '', path = ''] = route.split(' ');
  return { method, url: path.replace(/\{\w+\*\}/, '*').replace(/\{(\w+)\}/g, ':$1') };
}

/** The name of the `{name*}` of a route. */
export function restName(route: Route): string | undefined {
  return /\{(\w+)\*\}/.exec(route)?.[1];
}

/** Makes a function that lists the methods of a path. */
export function methodsOf(endpoints: readonly Endpoint[]): (path: string) => readonly string[] {
  const rows = endpoints
    .flatMap(({ routes }) => routes)
    .map((route) => {
      const [method = '', path = ''] = route.split(' ');
      return { method, pattern: pathPattern(path) };
    });
  return (path) => {
    const methods = rows.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods)];
  };
}

function pathPattern(path: string): RegExp {
  const source = path
    .split(/(\{\w+\*?\})/)
    .map((part) => (part.startsWith('{') ? (part.endsWith('*}') ? '.*' : '[^/]+') : escapePattern(part)));
  return new RegExp(`^${source.join('')}$`);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
}
