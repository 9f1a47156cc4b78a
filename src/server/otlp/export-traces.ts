// POST /v1/traces: takes spans from any exporter of OpenTelemetry, into the experiment that a header names.
import { InputError } from '../../core/index.ts';
import type { Span } from '../../tracking/index.ts';
import { type Answer, type Call, rawEndpoint } from '../mlflow/endpoint.ts';
import { pythonString } from '../mlflow/wire/index.ts';
import { jsonType, protobufType } from './content-types.ts';
import { Refusal } from './refusal.ts';

const experimentHeader = 'x-mlflow-experiment-id';

/** An answer without fields is no bytes in protobuf and {} in JSON. */
export const exportTraces = rawEndpoint({
  route: 'POST /v1/traces',
  handle: async (call) => {
    const experimentId = call.http.headers[experimentHeader];
    if (typeof experimentId !== 'string') return missingHeader;
    try {
      await call.context.tracking.tracing.spans.log(experimentId, await readSpans(call));
    } catch (error) {
      if (error instanceof Refusal)
        return { status: error.status, body: `{"detail":${pythonString(error.message)}}` };
      throw error;
    }
    const isJson = call.http.headers['content-type']?.startsWith(jsonType);
    return isJson ? { body: '{}' } : { headers: { 'content-type': protobufType }, body: new Uint8Array() };
  },
});

const missingHeader: Answer = {
  status: 422,
  body: `{"detail":[{"type":"missing","loc":["header","${experimentHeader}"],"msg":"Field required","input":null}]}`,
};

async function readSpans({ http, bodyLimit }: Call): Promise<readonly Span[]> {
  // Protobuf is loaded when it is used: most servers never see a span.
  const [{ readRequest }, { spanFromOtlp }] = await Promise.all([
    import('./read-request.ts'),
    import('./span-from-otlp.ts'),
  ]);
  const { resourceSpans } = await readRequest(http, bodyLimit);
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  try {
    return spans.map(spanFromOtlp);
  } catch (error) {
    if (error instanceof InputError)
      throw new Refusal(422, 'Cannot convert OpenTelemetry span to MLflow span');
    throw error;
  }
}
