// POST mlflow-artifacts/mpu/{create,complete,abort}/PATH: parts that a client would send to the object store itself.
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { rawEndpoint } from '../../endpoint.ts';
import { MlflowError } from '../../errors.ts';

/** Clients that are told so send the whole file through the server, which streams it. */
export const multipartUpload = rawEndpoint({
  route: [
    'POST /api/2.0/mlflow-artifacts/mpu/create/{path*}',
    'POST /api/2.0/mlflow-artifacts/mpu/complete/{path*}',
    'POST /api/2.0/mlflow-artifacts/mpu/abort/{path*}',
  ],
  handle: ({ params }) => {
    requestedPath(params.path ?? '');
    throw new MlflowError(
      'NOT_IMPLEMENTED',
      'Multipart upload is not supported for the current artifact repository',
    );
  },
});
