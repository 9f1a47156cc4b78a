// POST traces/search: traces by filter, page by page.
import { endpoint } from '../../endpoint.ts';
import {
  experimentsAmong,
  locationMessage,
  requireList,
  toTraceInfoMessage,
  traceInfoMessage,
} from '../../messages/traces.ts';
import { int32, repeated, string, withDefault } from '../../wire/index.ts';

export const searchTraces = endpoint({
  route: 'POST /api/3.0/mlflow/traces/search',
  request: {
    locations: repeated(locationMessage),
    filter: string(),
    max_results: withDefault(int32({ max: 500 }), 100),
    order_by: repeated(string()),
    page_token: string(),
  },
  response: { traces: repeated(traceInfoMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.tracing.search.search({
      experimentIds: experimentsAmong(requireList('locations', request.locations)),
      filter: request.filter,
      maxResults: request.max_results,
      orderBy: request.order_by,
      pageToken: request.page_token,
    });
    return { traces: items.map(toTraceInfoMessage), next_page_token: nextPageToken };
  },
});
