// POST model-versions/set-tag: sets a tag of a version.
import { endpoint } from '../../endpoint.ts';
import { required, string, withDefault } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const setModelVersionTag = endpoint({
  route: 'POST /api/2.0/mlflow/model-versions/set-tag',
  request: {
    name: required(string()),
    version: required(string()),
    key: required(string()),
    value: withDefault(string(), ''),
  },
  response: {},
  handle: async ({ request: { name, version, key, value }, context }) => {
    await context.registry.tags.setOfVersion(name, versionNumber(version), { key, value });
  },
});
