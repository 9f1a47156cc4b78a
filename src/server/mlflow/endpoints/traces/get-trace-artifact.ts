// GET get-trace-artifact, below /ajax-api only: the spans of a trace as a file, or an attachment of it, for MLflow's page.
import { requestedPath } from '../../artifacts/artifact-name.ts';
import { queryText, requiredQueryText, sendArtifactAt } from '../../artifacts/send-artifact-at.ts';
import { type Answer, type Call, rawEndpoint } from '../../endpoint.ts';
import { toFileSpan } from '../../messages/spans.ts';
import { tree } from '../../messages/trace-fields.ts';
import { message, repeated } from '../../wire/index.ts';

/** Where spans lie that the client put among the artifacts itself. */
const traceFile = 'traces.json';

const fileWriter = message({ spans: repeated(tree()) }).writer(0);

export const getTraceArtifact = rawEndpoint({
  route: ['GET /ajax-api/2.0/mlflow/get-trace-artifact', 'GET /ajax-api/3.0/mlflow/get-trace-artifact'],
  handle: async (call) => {
    const traceId = requiredQueryText(call, 'request_id');
    const path = queryText(call, 'path');
    const info = await call.context.tracking.tracing.traces.get(traceId);
    const location = info.tags['mlflow.artifactLocation'] ?? '';
    if (path !== undefined && path !== '')
      return sendArtifactAt(call, location, requestedPath(`attachments/${path}`));
    return info.tags['mlflow.trace.spansLocation'] === 'TRACKING_STORE'
      ? sendSpans(call, traceId)
      : sendArtifactAt(call, location, requestedPath(traceFile));
  },
});

async function sendSpans({ context }: Call, traceId: string): Promise<Answer> {
  const { spans } = await context.tracking.tracing.spans.get(traceId, { allowPartial: true });
  return {
    headers: {
      'content-type': 'text/plain',
      'content-disposition': `attachment; filename=${traceFile}`,
      'x-content-type-options': 'nosniff',
    },
    body: fileWriter.write({ spans: spans.map(toFileSpan) }),
  };
}
