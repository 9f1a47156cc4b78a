// DELETE mlflow-artifacts/artifacts/PATH: removes a file or folder; one that is not there is as good as removed.
import { NotFoundError } from '../../../../core/index.ts';
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { rawEndpoint } from '../../endpoint.ts';

export const deleteArtifact = rawEndpoint({
  route: 'DELETE /api/2.0/mlflow-artifacts/artifacts/{path*}',
  handle: async ({ context, params }) => {
    const path = requestedPath(params.path ?? '');
    await context.artifacts.proxy.delete(path).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
    return { body: '{}' };
  },
});
