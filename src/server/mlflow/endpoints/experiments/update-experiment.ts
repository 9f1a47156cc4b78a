// POST experiments/update: gives an experiment another name.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const updateExperiment = endpoint({
  route: 'POST /api/2.0/mlflow/experiments/update',
  request: { experiment_id: required(string()), new_name: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.experiments.rename(request.experiment_id, request.new_name);
  },
});
