// POST registered-models/alias: points an alias to a version.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const setAlias = endpoint({
  route: 'POST /api/2.0/mlflow/registered-models/alias',
  request: { name: required(string()), alias: required(string()), version: required(string()) },
  response: {},
  handle: async ({ request: { name, alias, version }, context, http }) => {
    const target = { version: versionNumber(version), ...callerOf(http) };
    await context.registry.aliases.set(name, alias, target);
  },
});
