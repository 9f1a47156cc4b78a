// POST experiments/delete: deletes an experiment and its runs.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteExperiment = endpoint({
  route: 'POST /api/2.0/mlflow/experiments/delete',
  request: { experiment_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.experiments.delete(request.experiment_id);
  },
});
