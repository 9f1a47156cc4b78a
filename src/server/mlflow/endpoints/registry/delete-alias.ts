// DELETE registered-models/alias: deletes an alias.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteAlias = endpoint({
  route: 'DELETE /api/2.0/mlflow/registered-models/alias',
  request: { name: required(string()), alias: required(string()) },
  response: {},
  handle: async ({ request, context, http }) => {
    await context.registry.aliases.delete(request.name, request.alias, callerOf(http));
  },
});
