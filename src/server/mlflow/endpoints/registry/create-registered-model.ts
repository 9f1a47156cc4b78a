// POST registered-models/create: a new name to register versions under.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { registeredModelMessage, registryTag, toRegisteredModelMessage } from '../../messages/registry.ts';
import { repeated, required, string, withDefault } from '../../wire/index.ts';

export const createRegisteredModel = endpoint({
  route: 'POST /api/2.0/mlflow/registered-models/create',
  request: { name: required(string()), tags: repeated(registryTag), description: withDefault(string(), '') },
  response: { registered_model: registeredModelMessage },
  handle: async ({ request, context, http }) => {
    const { name, tags, description } = request;
    const model = await context.registry.models.create(name, { tags, description }, callerOf(http));
    return { registered_model: toRegisteredModelMessage(model) };
  },
});
