// GET and POST registered-models/get-latest-versions: the newest version of each stage.
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, toModelVersionMessage } from '../../messages/registry.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const getLatestVersions = endpoint({
  route: [
    'GET /api/2.0/mlflow/registered-models/get-latest-versions',
    'POST /api/2.0/mlflow/registered-models/get-latest-versions',
  ],
  request: { name: required(string()), stages: repeated(string()) },
  response: { model_versions: repeated(modelVersionMessage) },
  handle: async ({ request, context }) => {
    const versions = await context.registry.versions.latest(request.name, request.stages);
    return { model_versions: versions.map(toModelVersionMessage) };
  },
});
