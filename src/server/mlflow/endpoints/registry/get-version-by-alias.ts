// GET registered-models/alias: the version that an alias points to.
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, toModelVersionMessage } from '../../messages/registry.ts';
import { required, string } from '../../wire/index.ts';

export const getVersionByAlias = endpoint({
  route: 'GET /api/2.0/mlflow/registered-models/alias',
  request: { name: required(string()), alias: required(string()) },
  response: { model_version: modelVersionMessage },
  handle: async ({ request, context }) => {
    const version = await context.registry.aliases.get(request.name, request.alias);
    return { model_version: toModelVersionMessage(version) };
  },
});
