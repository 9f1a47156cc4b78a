// POST runs/log-batch: metrics, parameters and tags at once.
import { endpoint } from '../../endpoint.ts';
import { logged, loggedMetric, toMetric } from '../../messages/run.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const logBatch = endpoint({
  route: 'POST /api/2.0/mlflow/runs/log-batch',
  request: {
    run_id: required(string()),
    metrics: repeated(loggedMetric),
    params: repeated(logged),
    tags: repeated(logged),
  },
  response: {},
  handle: async ({ request: { run_id, metrics, params, tags }, context }) =>
    context.tracking.log.batch(run_id, { metrics: metrics.map(toMetric), params, tags }),
});
