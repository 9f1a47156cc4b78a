// POST runs/search: runs by filter, page by page.
import { endpoint } from '../../endpoint.ts';
import { runMessage, toRunMessage, views, viewType } from '../../messages/run.ts';
import { int32, repeated, string, withDefault } from '../../wire/index.ts';

export const searchRuns = endpoint({
  route: 'POST /api/2.0/mlflow/runs/search',
  request: {
    experiment_ids: repeated(string()),
    filter: withDefault(string(), ''),
    run_view_type: withDefault(viewType, 'ACTIVE_ONLY'),
    max_results: withDefault(int32({ max: 50_000 }), 1000),
    order_by: repeated(string()),
    page_token: withDefault(string(), ''),
  },
  response: { runs: repeated(runMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.runSearch.page({
      experimentIds: request.experiment_ids,
      filter: request.filter,
      view: views[request.run_view_type],
      maxResults: request.max_results,
      orderBy: request.order_by,
      pageToken: request.page_token,
    });
    return { runs: items.map(toRunMessage), next_page_token: nextPageToken };
  },
});
