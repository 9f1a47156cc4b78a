// GET experiments/get: one experiment by its id, deleted ones too.
import { endpoint } from '../../endpoint.ts';
import { experimentMessage, toExperimentMessage } from '../../messages/experiment.ts';
import { required, string } from '../../wire/index.ts';

export const getExperiment = endpoint({
  route: 'GET /api/2.0/mlflow/experiments/get',
  request: { experiment_id: required(string()) },
  response: { experiment: experimentMessage },
  handle: async ({ request, context }) => {
    const experiment = await context.tracking.experiments.get(request.experiment_id);
    return { experiment: toExperimentMessage(experiment) };
  },
});
