// Routes as fastify wants them, and which of them a path has, for requests that none took.
import type { Route } from './mlflow/endpoint.ts';

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

type Row = { readonly route: Route };

/** Makes a function that finds the rows of a path. Few requests need it: it is put together for the first. */
export function finder<R extends Row>(rows: () => readonly R[]): (path: string) => readonly R[] {
  let known: readonly { readonly row: R; readonly pattern: RegExp }[] | undefined;
  return (path) => {
    known ??= rows().map((row) => ({ row, pattern: pathPattern(row.route.split(' ')[1] ?? '') }));
    return known.filter(({ pattern }) => pattern.test(path)).map(({ row }) => row);
  };
}

/** The verb of a route. */
export function verbOf({ route }: Row): string {
  return route.split(' ')[0] ?? '';
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
