// POST registered-models/set-tag: sets a tag of a model.
import { endpoint } from '../../endpoint.ts';
import { required, string, withDefault } from '../../wire/index.ts';

export const setRegisteredModelTag = endpoint({
  route: 'POST /api/2.0/mlflow/registered-models/set-tag',
  request: { name: required(string()), key: required(string()), value: withDefault(string(), '') },
  response: {},
  handle: async ({ request: { name, key, value }, context }) => {
    await context.registry.tags.setOfModel(name, { key, value });
  },
});
