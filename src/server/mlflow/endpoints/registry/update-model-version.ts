// PATCH model-versions/update: another description of a version.
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, toModelVersionMessage } from '../../messages/registry.ts';
import { required, string } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const updateModelVersion = endpoint({
  route: 'PATCH /api/2.0/mlflow/model-versions/update',
  request: { name: required(string()), version: required(string()), description: string() },
  response: { model_version: modelVersionMessage },
  handle: async ({ request: { name, version, description }, context }) => {
    const updated = await context.registry.versions.describe(name, versionNumber(version), description);
    return { model_version: toModelVersionMessage(updated) };
  },
});
