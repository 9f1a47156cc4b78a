// MLflow's HTTP as a face of the server: the last one, which answers every path that no other owns.
import type { Scope } from '../../access/index.ts';
import type { ErrorAnswer, Face, UnknownRequest } from '../http/face.ts';
import { finder, foldTwins, verbOf } from '../http/route-table.ts';
import type { MlflowContext } from './context.ts';
import type { Endpoint, Route } from './endpoint.ts';
import { errorAnswer } from './errors.ts';
import { methodNotAllowedPage, notFoundPage } from './html-pages.ts';
import { outOfScope, refusalOf } from './out-of-scope.ts';
import { mlflowEndpoints } from './routes.ts';

/** The face over a context. */
export function mlflowFace(context: MlflowContext, endpoints: readonly Endpoint[] = mlflowEndpoints): Face {
  const all = endpoints.flatMap(({ routes, answer }) => routes.map((route) => ({ route, answer })));
  const { served, rewrite } = foldTwins(all);
  const leftOut = finder(() => outOfScope(endpoints));
  return {
    name: 'mlflow',
    rewrite,
    owns: () => true,
    errorAnswer,
    routes: served.map(({ route, answer }) => ({
      route,
      scope: scopeOf(route),
      answer: (call) => answer({ ...call, context }),
    })),
    refuseUnknown: (request, requestId) => {
      const others = leftOut(request.path);
      const asked = others.find((one) => verbOf(one) === request.method);
      if (asked !== undefined) return errorAnswer(refusalOf(asked), requestId);
      return page({ ...request, allowed: [...new Set([...request.allowed, ...others.map(verbOf)])] });
    },
  };
}

function page({ allowed }: UnknownRequest): ErrorAnswer {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  if (allowed.length === 0) return { status: 404, headers, body: notFoundPage, isFault: false };
  const allow = [...allowed, 'OPTIONS'].join(', ');
  return { status: 405, headers: { ...headers, allow }, body: methodNotAllowedPage, isFault: false };
}

/** What a key must permit: tracking and registry are shared by all keys; those that look are told apart from those that write. */
function scopeOf(route: Route): Scope | null {
  const [verb, path = ''] = route.split(' ');
  if (path === '/health' || path === '/version') return null;
  if (verb === 'GET') return 'read';
  return asksOnly.test(path) ? 'read' : 'train';
}

/** What MLflow asks by POST without changing anything. */
const asksOnly =
  /(\/search|\/search-datasets|\/get-latest-versions|\/batchGetInfos|\/calculate-filter-correlation|\/traces\/metrics|\/graphql)$/;
