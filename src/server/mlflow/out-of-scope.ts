// The routes of MLflow that a server does not have: clients are told so in a way that they read, not by a page.
import type { Endpoint, Route } from './endpoint.ts';
import { MlflowError } from './errors.ts';
import { knownRoutes, routesOf } from './known-routes.ts';

/** A route of MLflow that is not served, and what it is about. */
export type LeftOut = { readonly route: Route; readonly topic: string };

/** What MLflow has and `served` has not. */
export function outOfScope(served: readonly Endpoint[]): readonly LeftOut[] {
  const has = new Set(served.flatMap(({ routes }) => routes).map(shape));
  return Object.entries(knownRoutes).flatMap(([topic, rows]) =>
    rows
      .filter(isOfApi)
      .flatMap(routesOf)
      .filter((route) => !has.has(shape(route)))
      .map((route) => ({ route, topic })),
  );
}

/** What a client of such a route is told. */
export function refusalOf({ route, topic }: LeftOut): MlflowError {
  return new MlflowError(
    'ENDPOINT_NOT_FOUND',
    `Cannot serve ${route}: of what MLflow offers, this server leaves out this part (${topic}); FEATURES.md lists what it has`,
  );
}

/** Browsers ask for the rest: pages are theirs to read. */
function isOfApi(row: string): boolean {
  return !/ \/($|build\/|static-files\/)/.test(row);
}

/** A route whatever its parameters are called. */
function shape(route: Route): string {
  return route.replace(/\{\w+(\*?)\}/g, '{$1}');
}
