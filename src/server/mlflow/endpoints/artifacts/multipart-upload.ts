// POST mlflow-artifacts/mpu/{create,complete,abort}/FOLDER: a file whose parts the client sends to the object store itself.
import type { ArtifactPath, MultipartUploads } from '../../../../store/index.ts';
import { below, requestedPath } from '../../artifacts/artifact-name.ts';
import { type Call, rawEndpoint } from '../../endpoint.ts';
import { MlflowError } from '../../errors.ts';
import { readJsonBody } from '../../read-body.ts';
import { int64, message, readMessage, repeated, required, string, writeMessage } from '../../wire/index.ts';

const createRequest = message({ path: required(string()), num_parts: required(int64()) });
const createResponse = message({
  upload_id: string(),
  credentials: repeated(message({ url: string(), part_number: int64() })),
});
const part = message({ part_number: required(int64()), etag: required(string()) });
const completeRequest = message({
  path: required(string()),
  upload_id: required(string()),
  parts: required(repeated(part)),
});
const abortRequest = message({ path: required(string()), upload_id: required(string()) });

export const createMultipartUpload = rawEndpoint({
  route: 'POST /api/2.0/mlflow-artifacts/mpu/create/{folder*}',
  handle: async (call) => {
    const { uploads, folder } = targetOf(call);
    const request = readMessage(createRequest, await readJsonBody(call.http, call.bodyLimit));
    const { uploadId, parts } = await uploads.create(fileIn(folder, request.path), {
      parts: request.num_parts,
    });
    const credentials = parts.map(({ number, url }) => ({ url, part_number: number }));
    return { body: writeMessage(createResponse, { upload_id: uploadId, credentials }) };
  },
});

export const completeMultipartUpload = rawEndpoint({
  route: 'POST /api/2.0/mlflow-artifacts/mpu/complete/{folder*}',
  handle: async (call) => {
    const { uploads, folder } = targetOf(call);
    const request = readMessage(completeRequest, await readJsonBody(call.http, call.bodyLimit));
    const parts = request.parts.map(({ part_number, etag }) => ({ number: part_number, etag }));
    await uploads.complete(fileIn(folder, request.path), { uploadId: request.upload_id, parts });
    return { body: '{}' };
  },
});

export const abortMultipartUpload = rawEndpoint({
  route: 'POST /api/2.0/mlflow-artifacts/mpu/abort/{folder*}',
  handle: async (call) => {
    const { uploads, folder } = targetOf(call);
    const request = readMessage(abortRequest, await readJsonBody(call.http, call.bodyLimit));
    await uploads.abort(fileIn(folder, request.path), request.upload_id);
    return { body: '{}' };
  },
});

type Target = { readonly uploads: MultipartUploads; readonly folder: ArtifactPath };

/** Clients that are told of no support send the whole file through the server, which streams it. */
function targetOf({ context, params }: Call): Target {
  const folder = requestedPath(params.folder ?? '');
  const uploads = context.artifacts.proxy.multipart;
  if (uploads !== undefined) return { uploads, folder };
  throw new MlflowError(
    'NOT_IMPLEMENTED',
    'Multipart upload is not supported for the current artifact repository',
  );
}

/** The path of a file named by its path on the client's machine, which may write it with backslashes. */
function fileIn(folder: ArtifactPath, local: string): ArtifactPath {
  return below(folder, requestedPath(local.replace(/^.*[/\\]/s, '')));
}
