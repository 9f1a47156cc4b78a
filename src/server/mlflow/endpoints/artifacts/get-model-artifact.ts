// GET logged-models/ID/artifacts/files, below /ajax-api only: a file of a logged model, for MLflow's page.
import { InputError } from '../../../../core/index.ts';
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { queryText, sendArtifactAt } from '../../artifacts/send-artifact-at.ts';
import { rawEndpoint } from '../../endpoint.ts';

export const getModelArtifact = rawEndpoint({
  route: 'GET /ajax-api/2.0/mlflow/logged-models/{model_id}/artifacts/files',
  handle: async (call) => {
    const path = queryText(call, 'artifact_file_path');
    if (path === undefined || path === '')
      throw new InputError('Request must include the "artifact_file_path" query parameter.');
    const checked = requestedPath(path);
    const { artifactUri } = await call.context.tracking.loggedModels.get(call.params.model_id ?? '');
    return sendArtifactAt(call, artifactUri, checked);
  },
});
