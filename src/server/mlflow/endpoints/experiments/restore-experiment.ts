// POST experiments/restore: restores an experiment and its runs.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const restoreExperiment = endpoint({
  route: 'POST /api/2.0/mlflow/experiments/restore',
  request: { experiment_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.experiments.restore(request.experiment_id);
  },
});
