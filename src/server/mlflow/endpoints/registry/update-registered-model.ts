// PATCH registered-models/update: another description of a model.
import { endpoint } from '../../endpoint.ts';
import { registeredModelMessage, toRegisteredModelMessage } from '../../messages/registry.ts';
import { required, string, withDefault } from '../../wire/index.ts';

export const updateRegisteredModel = endpoint({
  route: 'PATCH /api/2.0/mlflow/registered-models/update',
  request: { name: required(string()), description: withDefault(string(), '') },
  response: { registered_model: registeredModelMessage },
  handle: async ({ request, context }) => {
    const model = await context.registry.models.describe(request.name, request.description);
    return { registered_model: toRegisteredModelMessage(model) };
  },
});
