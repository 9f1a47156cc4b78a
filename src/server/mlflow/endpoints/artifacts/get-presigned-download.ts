// GET mlflow-artifacts/presigned/PATH: a URL at which the client reads a file from the object store itself.
import { NotFoundError, ResourceError } from '../../../../core/index.ts';
import type { PresignedRequest } from '../../../../store/index.ts';
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { rawEndpoint } from '../../endpoint.ts';
import { MlflowError } from '../../errors.ts';
import { pythonString } from '../../wire/index.ts';

const expiresInSeconds = 900;

export const getPresignedDownload = rawEndpoint({
  route: 'GET /api/2.0/mlflow-artifacts/presigned/{path*}',
  handle: async ({ context, params }) => {
    const path = requestedPath(params.path ?? '');
    const store = context.artifacts.proxy;
    if (store.presignRead === undefined) throw unsupported();
    const entry = await store.stat(path);
    if (entry === undefined || entry.isDirectory) throw new NotFoundError(`No such artifact: '${path}'`);
    const { url, headers } = await store.presignRead(path, { expiresInSeconds }).catch(unsigned);
    const pairs = Object.entries(headers).map(
      ([name, value]) => `${pythonString(name)}: ${pythonString(value)}`,
    );
    return {
      body: `{"url": ${pythonString(url)}, "headers": {${pairs.join(', ')}}, "file_size": ${entry.size}}`,
    };
  },
});

/** Some credentials can read but not sign, such as those that a machine of Google's lends its programs. */
function unsigned(error: unknown): PresignedRequest {
  throw error instanceof ResourceError ? unsupported() : error;
}

/** Clients that are told so read the file through the server. */
function unsupported(): MlflowError {
  return new MlflowError(
    'NOT_IMPLEMENTED',
    'Multipart download is not supported for the current artifact repository',
  );
}
