// GET /get-artifact: a file of a run, for MLflow's page.
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { queryText, requiredQueryText, sendArtifactAt } from '../../artifacts/send-artifact-at.ts';
import { rawEndpoint } from '../../endpoint.ts';

export const getRunArtifact = rawEndpoint({
  route: 'GET /get-artifact',
  handle: async (call) => {
    const path = requestedPath(requiredQueryText(call, 'path'));
    const runId = queryText(call, 'run_id') ?? requiredQueryText(call, 'run_uuid');
    const { info } = await call.context.tracking.runs.get(runId);
    return sendArtifactAt(call, info.artifactUri, path);
  },
});
