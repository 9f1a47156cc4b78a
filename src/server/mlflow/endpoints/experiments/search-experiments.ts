// GET and POST experiments/search: experiments by filter, page by page.
import { endpoint } from '../../endpoint.ts';
import { experimentMessage, toExperimentMessage } from '../../messages/experiment.ts';
import { views, viewType } from '../../messages/run.ts';
import { int64, repeated, string, withDefault } from '../../wire/index.ts';

export const searchExperiments = endpoint({
  route: ['GET /api/2.0/mlflow/experiments/search', 'POST /api/2.0/mlflow/experiments/search'],
  request: {
    max_results: withDefault(int64(), 1000),
    page_token: withDefault(string(), ''),
    filter: withDefault(string(), ''),
    order_by: repeated(string()),
    view_type: withDefault(viewType, 'ACTIVE_ONLY'),
  },
  response: { experiments: repeated(experimentMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.experimentSearch.page({
      filter: request.filter,
      view: views[request.view_type],
      maxResults: request.max_results,
      orderBy: request.order_by,
      pageToken: request.page_token,
    });
    return { experiments: items.map(toExperimentMessage), next_page_token: nextPageToken };
  },
});
