// GET traces/{trace_id}: what is known of a trace, without its spans.
import { endpoint } from '../../endpoint.ts';
import { toTraceInfoMessage, traceMessage } from '../../messages/traces.ts';
import { required, string } from '../../wire/index.ts';

export const getTraceInfo = endpoint({
  route: 'GET /api/3.0/mlflow/traces/{trace_id}',
  request: { trace_id: required(string()) },
  response: { trace: traceMessage },
  handle: async ({ request, context }) => {
    const info = await context.tracking.tracing.traces.get(request.trace_id);
    return { trace: { trace_info: toTraceInfoMessage(info) } };
  },
});
