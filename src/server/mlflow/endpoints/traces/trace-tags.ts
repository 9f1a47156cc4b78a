// PATCH and DELETE traces/{trace_id}/tags, and the same of old clients, who say request_id.
import { endpoint } from '../../endpoint.ts';
import { required, string, withDefault } from '../../wire/index.ts';

export const setTraceTag = endpoint({
  route: ['PATCH /api/3.0/mlflow/traces/{trace_id}/tags', 'PATCH /api/2.0/mlflow/traces/{trace_id}/tags'],
  request: { trace_id: required(string()), key: required(string()), value: withDefault(string(), '') },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.tracing.traces.setTag(request.trace_id, request.key, request.value);
  },
});

export const deleteTraceTag = endpoint({
  route: ['DELETE /api/3.0/mlflow/traces/{trace_id}/tags', 'DELETE /api/2.0/mlflow/traces/{trace_id}/tags'],
  request: { trace_id: required(string()), key: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.tracing.traces.deleteTag(request.trace_id, request.key);
  },
});
