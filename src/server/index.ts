// The HTTP server: protocols that people already call, over the features behind them.
export { createServer, type ServerOptions, type Tls } from './create-server.ts';
export { type DpoConfig, type DpoOptions, readDpoConfig, signatureHeaders } from './dpo/index.ts';
export { type Authenticate, byKey, trustEverybody } from './http/authenticate.ts';
export type { Answer, HttpCall, Query, Route } from './http/call.ts';
export type { ErrorAnswer, Face, FaceRoute } from './http/face.ts';
export type { GuardOptions } from './http/guard.ts';
export type { RequestEntry, RequestLog } from './http/log.ts';
export { type ArtifactRoots, openArtifactRoots } from './mlflow/artifact-roots.ts';
export type { MlflowContext } from './mlflow/context.ts';
export type { Endpoint } from './mlflow/endpoint.ts';
export { mlflowFace } from './mlflow/face.ts';
export { mlflowEndpoints } from './mlflow/routes.ts';
export { checkHost, type RunningServer, type ServeOptions, serve } from './serve.ts';
export {
  metricsOf,
  type RunningService,
  type ServiceParts,
  type ServiceSettings,
  startService,
} from './start-service.ts';
export { openUi } from './ui/index.ts';
