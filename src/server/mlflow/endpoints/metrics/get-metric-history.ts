// GET metrics/get-history: values of one metric of a run, page by page, or thinned out with `downsample`.
import { endpoint } from '../../endpoint.ts';
import { metricMessage } from '../../messages/run.ts';
import { aliased, int32, repeated, required, string, withDefault } from '../../wire/index.ts';

export const getMetricHistory = endpoint({
  route: 'GET /api/2.0/mlflow/metrics/get-history',
  request: {
    run_id: aliased(required(string()), 'run_uuid'),
    metric_key: required(string()),
    page_token: withDefault(string(), ''),
    max_results: withDefault(int32(), 0),
    /** Beyond MLflow: at most so many values, chosen so that a chart looks the same. */
    downsample: int32({ min: 3, message: 'downsample must be 3 or more.' }),
  },
  response: { metrics: repeated(metricMessage), next_page_token: string() },
  handle: async ({ request: { run_id, metric_key: key, page_token, max_results, downsample }, context }) => {
    const { history, runs } = context.tracking;
    const { id } = await runs.find(run_id);
    if (downsample !== undefined) return { metrics: await history.thinned(id, { key, points: downsample }) };
    // MLflow answers 0 and absent with empty pages without end: they mean all here.
    const limit = max_results > 0 ? { maxResults: max_results } : {};
    const { items, nextPageToken } = await history.page(id, { key, pageToken: page_token, ...limit });
    return { metrics: items, next_page_token: nextPageToken };
  },
});
