// The traces of old clients (2.0): recorded when they begin, ended by a second request, searched and read.
import { randomUUID } from 'node:crypto';
import { endpoint } from '../../endpoint.ts';
import {
  entries,
  fromEntries,
  fromOldStatus,
  oldStatus,
  oldTraceInfoMessage,
  requireList,
  toOldTraceInfoMessage,
} from '../../messages/traces.ts';
import { int32, int64, repeated, required, string, withDefault } from '../../wire/index.ts';

export const startOldTrace = endpoint({
  route: 'POST /api/2.0/mlflow/traces',
  request: {
    experiment_id: withDefault(string(), ''),
    timestamp_ms: withDefault(int64(), 0),
    request_metadata: entries,
    tags: entries,
  },
  response: { trace_info: oldTraceInfoMessage },
  handle: async ({ request, context }) => {
    const info = await context.tracking.tracing.traces.start({
      traceId: randomUUID().replaceAll('-', ''),
      experimentId: request.experiment_id,
      requestTime: request.timestamp_ms,
      executionDuration: undefined,
      state: 'IN_PROGRESS',
      clientRequestId: undefined,
      requestPreview: undefined,
      responsePreview: undefined,
      metadata: fromEntries(request.request_metadata),
      tags: fromEntries(request.tags),
      assessments: [],
    });
    return { trace_info: toOldTraceInfoMessage(info) };
  },
});

export const endOldTrace = endpoint({
  route: 'PATCH /api/2.0/mlflow/traces/{request_id}',
  request: {
    request_id: required(string()),
    timestamp_ms: withDefault(int64(), 0),
    status: oldStatus,
    request_metadata: entries,
    tags: entries,
  },
  response: { trace_info: oldTraceInfoMessage },
  handle: async ({ request, context }) => {
    const info = await context.tracking.tracing.traces.end(request.request_id, {
      endTime: request.timestamp_ms,
      state: fromOldStatus(request.status),
      metadata: fromEntries(request.request_metadata),
      tags: fromEntries(request.tags),
    });
    return { trace_info: toOldTraceInfoMessage(info) };
  },
});

export const getOldTraceInfo = endpoint({
  route: 'GET /api/2.0/mlflow/traces/{request_id}/info',
  request: { request_id: required(string()) },
  response: { trace_info: oldTraceInfoMessage },
  handle: async ({ request, context }) => {
    const info = await context.tracking.tracing.traces.get(request.request_id);
    return { trace_info: toOldTraceInfoMessage(info) };
  },
});

export const searchOldTraces = endpoint({
  route: 'GET /api/2.0/mlflow/traces',
  request: {
    experiment_ids: repeated(string()),
    filter: string(),
    max_results: withDefault(int32({ max: 500 }), 100),
    order_by: repeated(string()),
    page_token: string(),
  },
  response: { traces: repeated(oldTraceInfoMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.tracing.search.search({
      experimentIds: requireList('experiment_ids', request.experiment_ids),
      filter: request.filter,
      maxResults: request.max_results,
      orderBy: request.order_by,
      pageToken: request.page_token,
    });
    return { traces: items.map(toOldTraceInfoMessage), next_page_token: nextPageToken };
  },
});
