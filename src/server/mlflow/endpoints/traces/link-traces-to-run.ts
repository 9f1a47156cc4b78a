// POST traces/link-to-run: links traces to a run.
import { endpoint } from '../../endpoint.ts';
import { requireList } from '../../messages/traces.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const linkTracesToRun = endpoint({
  route: 'POST /api/2.0/mlflow/traces/link-to-run',
  request: { trace_ids: repeated(string()), run_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    const traceIds = requireList('trace_ids', request.trace_ids);
    await context.tracking.tracing.traces.linkToRun(traceIds, request.run_id);
  },
});
