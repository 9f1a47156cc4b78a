// GET metrics/get-history-bulk: values of one metric of several runs, for MLflow's page.
import { InputError } from '../../../../core/index.ts';
import { endpoint } from '../../endpoint.ts';
import { metricOfRun, rowsOfRuns } from '../../messages/metric-of-run.ts';
import { int32, repeated, string, withDefault } from '../../wire/index.ts';

/** Runs in one request, and values in one answer. */
const runLimit = 100;
const valueLimit = 25_000;

export const getMetricHistoryBulk = endpoint({
  route: 'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk',
  request: {
    run_id: repeated(string()),
    metric_key: string(),
    max_results: withDefault(int32(), valueLimit),
  },
  response: { metrics: repeated(metricOfRun) },
  handle: async ({ request: { run_id, metric_key: key, max_results }, context }) => {
    if (run_id.length === 0)
      throw new InputError('GetMetricHistoryBulk request must specify at least one run_id.');
    if (run_id.length > runLimit)
      throw new InputError(
        `GetMetricHistoryBulk request cannot specify more than ${runLimit} run_ids. Received ${run_id.length} run_ids.`,
      );
    if (key === undefined) throw new InputError('GetMetricHistoryBulk request must specify a metric_key.');
    const maxResults = Math.min(Math.max(max_results, 0), valueLimit);
    const runs = await rowsOfRuns(context, run_id);
    const metrics = await context.tracking.history.bulk(runs, { key, maxResults });
    return { metrics: metrics.map(({ runId, ...metric }) => ({ ...metric, run_id: runId })) };
  },
});
