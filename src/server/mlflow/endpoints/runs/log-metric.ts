// POST runs/log-metric: logs one value of a metric.
import { endpoint } from '../../endpoint.ts';
import { loggedMetric, toMetric } from '../../messages/run.ts';
import { aliased, required, string } from '../../wire/index.ts';

const run_id = aliased(required(string()), 'run_uuid');
const { run_id: _, ...metric } = loggedMetric.fields;

export const logMetric = endpoint({
  route: 'POST /api/2.0/mlflow/runs/log-metric',
  // MLflow looks for the run first: what a request lacks is said in that order.
  request: { run_id, ...metric },
  response: {},
  handle: async ({ request, context }) => context.tracking.log.metric(request.run_id, toMetric(request)),
});
