// GET traces/batchGet: those of the traces that are there in full, with their spans.
import { endpoint } from '../../endpoint.ts';
import { requireList, toTraceMessage, traceMessage } from '../../messages/traces.ts';
import { repeated, string } from '../../wire/index.ts';

export const batchGetTraces = endpoint({
  route: 'GET /api/3.0/mlflow/traces/batchGet',
  request: { trace_ids: repeated(string()) },
  response: { traces: repeated(traceMessage) },
  handle: async ({ request, context }) => {
    const traces = await context.tracking.tracing.spans.batchGet(requireList('trace_ids', request.trace_ids));
    return { traces: traces.map(toTraceMessage) };
  },
});
