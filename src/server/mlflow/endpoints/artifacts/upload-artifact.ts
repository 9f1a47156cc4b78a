// PUT mlflow-artifacts/artifacts/PATH: stores the body as a file of the proxy's root, as it comes.
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { rawEndpoint } from '../../endpoint.ts';

export const uploadArtifact = rawEndpoint({
  route: 'PUT /api/2.0/mlflow-artifacts/artifacts/{path*}',
  handle: async ({ context, params, http }) => {
    const length = http.headers['content-length'];
    const size = length === undefined ? undefined : Number(length);
    // When the store refuses midway, the connection must live on for the answer.
    const body = http.iterator({ destroyOnReturn: false });
    await context.artifacts.proxy.write(requestedPath(params.path ?? ''), body, { size });
    return { body: '{}' };
  },
});
