// POST runs/log-metric: logs one value of a metric.
import { endpoint } from '../../endpoint.ts';
import { loggedMetric, toMetric } from '../../messages/run.ts';
import { aliased, required, string } from '../../wire/index.ts';

export const logMetric = endpoint({
  route: 'POST /api/2.0/mlflow/runs/log-metric',
  request: { ...loggedMetric.fields, run_id: aliased(required(string()), 'run_uuid') },
  response: {},
  handle: async ({ request, context }) => context.tracking.log.metric(request.run_id, toMetric(request)),
});
