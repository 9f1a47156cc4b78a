// POST model-versions/transition-stage: moves a version to another stage.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, toModelVersionMessage } from '../../messages/registry.ts';
import { bool, required, string, withDefault } from '../../wire/index.ts';
import { versionNumber } from './version-number.ts';

export const transitionStage = endpoint({
  route: 'POST /api/2.0/mlflow/model-versions/transition-stage',
  request: {
    name: required(string()),
    version: required(string()),
    stage: required(string()),
    archive_existing_versions: withDefault(bool(), false),
  },
  response: { model_version: modelVersionMessage },
  handle: async ({ request, context, http }) => {
    const { name, version, stage, archive_existing_versions: archiveExisting } = request;
    const target = { stage, archiveExisting, ...callerOf(http) };
    const moved = await context.registry.versions.transition(name, versionNumber(version), target);
    return { model_version: toModelVersionMessage(moved) };
  },
});
