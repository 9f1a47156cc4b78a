// GET traces/get: a trace with its spans.
import { endpoint } from '../../endpoint.ts';
import { toTraceMessage, traceMessage } from '../../messages/traces.ts';
import { bool, required, string, withDefault } from '../../wire/index.ts';

export const getTrace = endpoint({
  route: 'GET /api/3.0/mlflow/traces/get',
  request: { trace_id: required(string()), allow_partial: withDefault(bool(), false) },
  response: { trace: traceMessage },
  handle: async ({ request, context }) => {
    const options = { allowPartial: request.allow_partial };
    return { trace: toTraceMessage(await context.tracking.tracing.spans.get(request.trace_id, options)) };
  },
});
