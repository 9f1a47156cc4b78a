// DELETE registered-models/delete-tag: deletes a tag of a model.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteRegisteredModelTag = endpoint({
  route: 'DELETE /api/2.0/mlflow/registered-models/delete-tag',
  request: { name: required(string()), key: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.registry.tags.deleteOfModel(request.name, request.key);
  },
});
