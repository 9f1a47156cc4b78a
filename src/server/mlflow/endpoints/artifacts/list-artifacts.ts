// GET artifacts/list: one level of the artifacts of a run.
import { requestedFolder } from '../../artifacts/artifact-name.ts';
import { listArtifactsAt } from '../../artifacts/list-artifacts-at.ts';
import { endpoint } from '../../endpoint.ts';
import { fileInfo } from '../../messages/file-info.ts';
import { aliased, repeated, required, string } from '../../wire/index.ts';

export const listArtifacts = endpoint({
  route: 'GET /api/2.0/mlflow/artifacts/list',
  request: { run_id: aliased(required(string()), 'run_uuid'), path: string(), page_token: string() },
  response: { root_uri: string(), files: repeated(fileInfo), next_page_token: string() },
  handle: async ({ request, context }) => {
    const folder = requestedFolder(request.path);
    const { info } = await context.tracking.runs.get(request.run_id);
    return {
      root_uri: info.artifactUri,
      files: await listArtifactsAt(context.artifacts, info.artifactUri, folder),
    };
  },
});
