// What those who run the server ask of it: metrics, whether it lives and is ready, and its description.

import type { Face } from '../http/face.ts';
import { answerWith, type FaceEndpoint, faceRoutes, jsonEndpoint } from '../http/json-endpoint.ts';
import { errorAnswer } from '../mlflow/errors.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';

/** What the face works with. */
export type OperationsContext = {
  readonly metrics: Metrics;
  /** False while the server stops: load balancers send nothing more. */
  readonly isReady: () => boolean;
  /** Hone's version. */
  readonly version: string;
  /** The faces that are described. */
  readonly faces: readonly Face[];
};

const endpoints: readonly FaceEndpoint<OperationsContext>[] = [
  jsonEndpoint({
    route: 'GET /metrics',
    scope: 'read',
    summary: 'Measurements for Prometheus',
    async handle({ context }) {
      const { contentType, text } = await context.metrics.text();
      return answerWith({ headers: { 'content-type': contentType }, body: Buffer.from(text) });
    },
  }),
  jsonEndpoint({
    route: 'GET /livez',
    scope: null,
    summary: 'Answers as long as the process lives',
    handle: () => ({ status: 'alive' }),
  }),
  jsonEndpoint({
    route: 'GET /readyz',
    scope: null,
    summary: 'Answers 200 while the server takes requests, 503 while it stops',
    handle: ({ context }) =>
      context.isReady()
        ? { status: 'ready' }
        : answerWith({ status: 503, headers: { 'retry-after': '1' }, body: '{"status":"stopping"}' }),
  }),
  jsonEndpoint({
    route: 'GET /openapi.json',
    scope: null,
    summary: 'This description',
    handle: ({ context }) => openApiDocument([operationsFace(context), ...context.faces], context.version),
  }),
];

const paths: ReadonlySet<string> = new Set(['/metrics', '/livez', '/readyz', '/openapi.json']);

/** The face over its context. */
export function operationsFace(context: OperationsContext): Face {
  return {
    name: 'operations',
    routes: faceRoutes(endpoints, context),
    owns: (path) => paths.has(path),
    errorAnswer,
    refuseUnknown: ({ allowed }) => ({
      ...{ status: 405, isFault: false, headers: { allow: [...allowed, 'OPTIONS'].join(', ') } },
      body: '{"error":"Method not allowed"}',
    }),
  };
}
