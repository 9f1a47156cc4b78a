// POST traces/batchGetInfos: what is known of traces, without their spans.
import { endpoint } from '../../endpoint.ts';
import { requireList, toTraceInfoMessage, traceInfoMessage } from '../../messages/traces.ts';
import { repeated, string } from '../../wire/index.ts';

export const batchGetTraceInfos = endpoint({
  route: 'POST /api/3.0/mlflow/traces/batchGetInfos',
  request: { trace_ids: repeated(string()) },
  response: { trace_infos: repeated(traceInfoMessage) },
  handle: async ({ request, context }) => {
    const infos = await context.tracking.tracing.traces.batchGet(requireList('trace_ids', request.trace_ids));
    return { trace_infos: infos.map(toTraceInfoMessage) };
  },
});
