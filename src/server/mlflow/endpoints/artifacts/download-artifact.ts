// GET mlflow-artifacts/artifacts/PATH: a file of the proxy's root.
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { sendArtifact } from '../../artifacts/send-artifact.ts';
import { rawEndpoint } from '../../endpoint.ts';

export const downloadArtifact = rawEndpoint({
  route: 'GET /api/2.0/mlflow-artifacts/artifacts/{path*}',
  handle: ({ context, params, http }) =>
    sendArtifact(http, context.artifacts.proxy, requestedPath(params.path ?? '')),
});
