// DELETE model-versions/delete: a version; its number is not given again.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const deleteModelVersion = endpoint({
  route: 'DELETE /api/2.0/mlflow/model-versions/delete',
  request: { name: required(string()), version: required(string()) },
  response: {},
  handle: async ({ request, context, http }) => {
    await context.registry.versions.delete(request.name, versionNumber(request.version), callerOf(http));
  },
});
