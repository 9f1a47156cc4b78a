// The DPO service's HTTP as a face of the server.
import type { Face, FaceRoute } from '../http/face.ts';
import { faceRoutes } from '../http/json-endpoint.ts';
import type { DpoContext, DpoServices, DpoSettings } from './context.ts';
import { errorAnswer, refuseUnknown } from './errors.ts';
import { healthEndpoint, serviceHealthEndpoint } from './health-endpoints.ts';
import { RateLimit } from './rate-limit.ts';
import { debugEndpoint, runEndpoints } from './run-endpoints.ts';
import { bySignature } from './signature.ts';
import { triggerEndpoint } from './trigger-endpoint.ts';

const ownPaths = /^\/(trigger[-_]finetune|runs\/|api\/dpo\/|debug\/runs)/;

/** The face over its services. */
export function dpoFace(services: DpoServices, settings: DpoSettings): Face {
  const { config, now = Date.now } = settings;
  const rateLimit = new RateLimit(config.rateLimitPerMinute, now);
  const context: DpoContext = { ...services, ...settings, now, startedAt: now(), rateLimit };
  const endpoints = [
    ...[triggerEndpoint, ...runEndpoints, healthEndpoint],
    ...(config.isService ? [serviceHealthEndpoint] : []),
    ...(config.directOrigins.length > 0 ? [debugEndpoint] : []),
  ];
  return {
    name: 'dpo',
    routes: faceRoutes(endpoints, context).map((route) => guarded(route, context)),
    owns: (path) => ownPaths.test(path),
    errorAnswer,
    refuseUnknown,
  };
}

/** A route that takes no more than a data set, from those whom the gateway vouches for where there is one. */
function guarded(route: FaceRoute, { config }: DpoContext): FaceRoute {
  const { maxDatasetBytes: bodyLimit, gatewaySecret: secret } = config;
  const adminsOnly = route.route.startsWith('POST ');
  return {
    ...route,
    ...(route.scope !== null &&
      secret !== undefined && { authenticate: bySignature({ secret, bodyLimit, adminsOnly }) }),
    answer: (call) => route.answer({ ...call, bodyLimit }),
  };
}
