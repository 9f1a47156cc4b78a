// POST registered-models/rename: another name for a model and its versions.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { registeredModelMessage, toRegisteredModelMessage } from '../../messages/registry.ts';
import { required, string } from '../../wire/index.ts';

export const renameRegisteredModel = endpoint({
  route: 'POST /api/2.0/mlflow/registered-models/rename',
  request: { name: required(string()), new_name: required(string()) },
  response: { registered_model: registeredModelMessage },
  handle: async ({ request, context, http }) => {
    const model = await context.registry.models.rename(request.name, request.new_name, callerOf(http));
    return { registered_model: toRegisteredModelMessage(model) };
  },
});
