// DELETE model-versions/delete-tag: deletes a tag of a version.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const deleteModelVersionTag = endpoint({
  route: 'DELETE /api/2.0/mlflow/model-versions/delete-tag',
  request: { name: required(string()), version: required(string()), key: required(string()) },
  response: {},
  handle: async ({ request: { name, version, key }, context }) => {
    await context.registry.tags.deleteOfVersion(name, versionNumber(version), key);
  },
});
