// GET mlflow-artifacts/artifacts?path=: one level of a folder of the proxy's root.
import { requestedFolder } from '../../artifacts/artifact-name.ts';
import { endpoint } from '../../endpoint.ts';
import { fileInfo, toFileInfo } from '../../messages/file-info.ts';
import { repeated, string } from '../../wire/index.ts';

export const listProxiedArtifacts = endpoint({
  route: 'GET /api/2.0/mlflow-artifacts/artifacts',
  request: { path: string() },
  response: { files: repeated(fileInfo) },
  handle: async ({ request, context }) => {
    const entries = await context.artifacts.proxy.list(requestedFolder(request.path));
    return { files: entries.map((entry) => toFileInfo(entry)) };
  },
});
