// Routes as fastify wants them, and which of them a path has, for requests that none took.
import type { Route } from './call.ts';

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

/**
 * The routes to register, and how a URL is read so that they serve all: a route below `/ajax-api/` that has the same below `/api/`
 * is served by that. Registering takes longer than anything else at the start.
 */
export function foldTwins<R extends Row>(
  all: readonly R[],
): { readonly served: readonly R[]; readonly rewrite: (url: string) => string } {
  const known = new Set<string>(all.map(({ route }) => route));
  const served = all.filter(
    ({ route }) => !route.includes(' /ajax-api/') || !known.has(route.replace(' /ajax-api/', ' /api/')),
  );
  const alone = finder(() => served.filter(({ route }) => route.includes(' /ajax-api/')));
  return {
    served,
    rewrite: (url) => {
      if (!url.startsWith('/ajax-api/') || alone(url.split('?')[0] ?? '').length > 0) return url;
      return `/api/${url.slice('/ajax-api/'.length)}`;
    },
  };
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
