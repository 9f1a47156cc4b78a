// GET registered-models/get: one model with the newest version of each stage.
import { endpoint } from '../../endpoint.ts';
import { registeredModelMessage, toRegisteredModelMessage } from '../../messages/registry.ts';
import { required, string } from '../../wire/index.ts';

export const getRegisteredModel = endpoint({
  route: 'GET /api/2.0/mlflow/registered-models/get',
  request: { name: required(string()) },
  response: { registered_model: registeredModelMessage },
  handle: async ({ request, context }) => {
    const model = await context.registry.models.get(request.name);
    return { registered_model: toRegisteredModelMessage(model) };
  },
});
