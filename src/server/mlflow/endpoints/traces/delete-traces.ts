// POST traces/delete-traces: deletes traces of an experiment for good, by their ids or up to a time.
import { endpoint } from '../../endpoint.ts';
import { int32, int64, repeated, required, string } from '../../wire/index.ts';

export const deleteTraces = endpoint({
  route: ['POST /api/3.0/mlflow/traces/delete-traces', 'POST /api/2.0/mlflow/traces/delete-traces'],
  request: {
    experiment_id: required(string()),
    max_timestamp_millis: int64(),
    max_traces: int32(),
    request_ids: repeated(string()),
  },
  response: { traces_deleted: int32() },
  handle: async ({ request, context }) => {
    const count = await context.tracking.tracing.traces.delete(request.experiment_id, {
      maxTimestamp: request.max_timestamp_millis,
      maxTraces: request.max_traces,
      traceIds: request.request_ids,
    });
    return { traces_deleted: count };
  },
});
