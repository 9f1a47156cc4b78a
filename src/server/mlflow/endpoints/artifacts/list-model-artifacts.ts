// GET logged-models/ID/artifacts/directories: one level of the artifacts of a logged model.
import { requestedFolder } from '../../artifacts/artifact-name.ts';
import { listArtifactsAt } from '../../artifacts/list-artifacts-at.ts';
import { endpoint } from '../../endpoint.ts';
import { fileInfo } from '../../messages/file-info.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const listModelArtifacts = endpoint({
  route: 'GET /api/2.0/mlflow/logged-models/{model_id}/artifacts/directories',
  request: { model_id: required(string()), artifact_directory_path: string(), page_token: string() },
  response: { root_uri: string(), files: repeated(fileInfo), next_page_token: string() },
  handle: async ({ request, context }) => {
    const folder = requestedFolder(request.artifact_directory_path);
    const { artifactUri } = await context.tracking.loggedModels.get(request.model_id);
    return { root_uri: artifactUri, files: await listArtifactsAt(context.artifacts, artifactUri, folder) };
  },
});
