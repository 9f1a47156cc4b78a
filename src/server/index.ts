// The HTTP server: MLflow's protocol over tracking, registry and artifacts.
export { createServer, type ServerOptions } from './create-server.ts';
export type { GuardOptions } from './guard.ts';
export { type ArtifactRoots, openArtifactRoots } from './mlflow/artifact-roots.ts';
export type { MlflowContext } from './mlflow/context.ts';
export type { Endpoint, Route } from './mlflow/endpoint.ts';
export { mlflowEndpoints } from './mlflow/routes.ts';
export { checkHost, type RunningServer, type ServeOptions, serve } from './serve.ts';
export { openUi } from './ui/index.ts';
