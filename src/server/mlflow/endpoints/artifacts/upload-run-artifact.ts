// POST upload-artifact, below /ajax-api only: a small file of a run, sent by MLflow's page.
import { InputError } from '../../../../core/index.ts';
import { readBody } from '../../../http/read-body.ts';
import { below, requestedPath } from '../../artifacts/artifact-name.ts';
import { queryText } from '../../artifacts/send-artifact-at.ts';
import { type Call, rawEndpoint } from '../../endpoint.ts';

const largest = 10 * 2 ** 20;

export const uploadRunArtifact = rawEndpoint({
  route: 'POST /ajax-api/2.0/mlflow/upload-artifact',
  handle: async (call) => {
    const { context, http } = call;
    const runId = demand(call, 'run_uuid');
    const path = requestedPath(demand(call, 'path'));
    if (Number(http.headers['content-length'] ?? 0) > largest)
      throw new InputError('Artifact size is too large. Max size is 10MB.');
    const data = await readBody(http, largest);
    if (data.length === 0) throw new InputError('Request must specify data.');
    const { info } = await context.tracking.runs.get(runId);
    const { store, folder } = context.artifacts.placeOf(info.artifactUri);
    await store.write(below(folder, path), data);
    return { body: '' };
  },
});

function demand(call: Call, name: string): string {
  const value = queryText(call, name);
  if (value === undefined || value === '') throw new InputError(`Request must specify ${name}.`);
  return value;
}
