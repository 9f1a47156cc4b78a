// GET /model-versions/get-artifact: a file of a version, for MLflow's page.
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { requiredQueryText, sendArtifactAt } from '../../artifacts/send-artifact-at.ts';
import { rawEndpoint } from '../../endpoint.ts';
import { versionNumber } from './version-number.ts';

export const getModelVersionArtifact = rawEndpoint({
  route: 'GET /model-versions/get-artifact',
  handle: async (call) => {
    const path = requestedPath(requiredQueryText(call, 'path'));
    const version = versionNumber(requiredQueryText(call, 'version'));
    const uri = await call.context.registry.versions.downloadUri(requiredQueryText(call, 'name'), version);
    return sendArtifactAt(call, uri, path);
  },
});
