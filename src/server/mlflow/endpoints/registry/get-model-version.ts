// GET model-versions/get: one version.
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, toModelVersionMessage } from '../../messages/registry.ts';
import { required, string } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const getModelVersion = endpoint({
  route: 'GET /api/2.0/mlflow/model-versions/get',
  request: { name: required(string()), version: required(string()) },
  response: { model_version: modelVersionMessage },
  handle: async ({ request, context }) => {
    const version = await context.registry.versions.get(request.name, versionNumber(request.version));
    return { model_version: toModelVersionMessage(version) };
  },
});
