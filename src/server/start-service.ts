// Starts the whole service: every protocol over the services behind it, with keys, metrics and a graceful end.
import { type Services, workflows } from '../app/index.ts';
import type { Tracer } from '../platform/index.ts';
import { type FaultLog, startBackground } from './background.ts';
import type { Tls } from './create-server.ts';
import { type DpoConfig, openDpoService, readDpoConfig } from './dpo/index.ts';
import { byKey, byKeyIfAny } from './http/authenticate.ts';
import type { Face } from './http/face.ts';
import type { RequestLog } from './http/log.ts';
import { openArtifactRoots } from './mlflow/artifact-roots.ts';
import type { Endpoint } from './mlflow/endpoint.ts';
import { mlflowFace } from './mlflow/face.ts';
import { mlflowEndpoints } from './mlflow/routes.ts';
import type { OpenAiServices } from './openai/context.ts';
import { openAiFace } from './openai/face.ts';
import { operationsFace } from './operations/face.ts';
import { lazyMetrics } from './operations/lazy-metrics.ts';
import type { Metrics } from './operations/metrics.ts';
import { checkHost, type RunningServer, serve } from './serve.ts';

/** How the service is offered. */
export type ServiceSettings = {
  readonly host?: string;
  readonly port?: number;
  readonly allowedHosts?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  readonly tls?: Tls;
  /** As in `ServerOptions`. */
  readonly bodyLimit?: number;
  /** As in `ServerOptions`. */
  readonly bodySilenceMs?: number;
  /** How the DPO service answers; as without any of its variables unless given. */
  readonly dpo?: DpoConfig;
  /** As in `openStores`. */
  readonly artifactRoot?: string | undefined;
  /** Endpoints beside MLflow's own: its page. */
  readonly pages?: readonly Endpoint[];
  /** Hone's version, for its description. */
  readonly version: string;
  readonly log?: RequestLog;
  /** Is told what goes wrong in the background: nothing is lost, it is tried again. */
  readonly onFault?: FaultLog;
  /** Where spans of requests go; nowhere unless given. */
  readonly tracer?: Tracer;
};

/** A service that answers at `url`. */
export type RunningService = {
  readonly url: string;
  /** Whether requests need an API key. */
  readonly asksForKeys: boolean;
  /**
   * Says that it is not ready, takes no more texts, lets requests under way end for up to `graceMs`, and frees the port.
   * The services stay open: they are the caller's.
   */
  readonly close: (graceMs?: number) => Promise<void>;
};

const usualGraceMs = 30_000;

/** The services, and what they are told of: each text that a model has written goes to `observe`. */
export type ServiceParts = { readonly services: Services; readonly metrics: Metrics };

/**
 * Starts the service. From the first key on that is made every request needs one; until then everybody who reaches the server is
 * trusted, and only this machine reaches it.
 * @throws InputError for an address that others can reach while there is no key; ResourceError when the port is taken
 */
export async function startService(
  { services, metrics }: ServiceParts,
  {
    log,
    pages = [],
    artifactRoot,
    version,
    dpo: dpoConfig = readDpoConfig({}),
    onFault = () => undefined,
    ...settings
  }: ServiceSettings,
): Promise<RunningService> {
  const { stores } = services;
  const asksForKeys = await stores.access.any();
  // Before anything is made for it
  checkHost(settings.host ?? '127.0.0.1', { asksForKeys });
  const authenticate = asksForKeys ? byKey(stores.access) : byKeyIfAny(stores.access);
  let ready = true;
  const artifacts = await openArtifactRoots(stores.artifacts, artifactRoot);
  const dpo = openDpoService(services, dpoConfig, { version, onFault });
  const faces: Face[] = [
    openAiFace(openAiServices(services)),
    dpo.face,
    mlflowFace({ ...stores, artifacts }, [...mlflowEndpoints, ...pages]),
  ];
  const operations = operationsFace({ metrics, isReady: () => ready, version, faces });
  const server: RunningServer = await serve({
    ...settings,
    allowedHosts: [...(settings.allowedHosts ?? []), ...dpo.allowedHosts],
    allowedOrigins: [...(settings.allowedOrigins ?? []), ...dpo.allowedOrigins],
    faces: [operations, ...faces],
    authenticate,
    log: (entry) => {
      metrics.observeRequest(entry);
      log?.(entry);
    },
  });
  dpo.register();
  const stopBackground = startBackground(stores, onFault);
  return {
    url: server.url,
    asksForKeys,
    async close(graceMs = usualGraceMs) {
      ready = false;
      await Promise.all([services.drain(graceMs), dpo.close(), server.close(graceMs), stopBackground()]);
    },
  };
}

/** What the OpenAI face needs; fine-tuning is loaded by the first job, not by the server's start. */
function openAiServices(services: Services): OpenAiServices {
  const { stores, catalogue, texts } = services;
  return {
    ...{ files: stores.files, jobs: stores.jobs, models: catalogue, texts },
    submitFineTune: async (request) => (await workflows.finetune()).submitFineTune(services, request),
    cancelFineTune: async (id, options) => (await workflows.finetune()).cancelFineTune(services, id, options),
  };
}

/** The metrics of services, to be made before them: they tell of each text that ends. */
export function metricsOf(services: () => Services | undefined): Metrics {
  return lazyMetrics({
    models: async () => (await services()?.loadedModels()) ?? [],
    jobs: async () => (await services()?.stores.jobs.counts({})) ?? {},
    nameOf: (directory) => services()?.catalogue.nameOf(directory) ?? directory,
  });
}
