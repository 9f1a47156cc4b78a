// DELETE registered-models/delete: a model and its versions; its name is free again.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteRegisteredModel = endpoint({
  route: 'DELETE /api/2.0/mlflow/registered-models/delete',
  request: { name: required(string()) },
  response: {},
  handle: async ({ request, context, http }) => {
    await context.registry.models.delete(request.name, callerOf(http));
  },
});
