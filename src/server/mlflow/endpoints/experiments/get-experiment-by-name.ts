// GET experiments/get-by-name: one experiment by its name, deleted ones too.
import { NotFoundError } from '../../../../core/index.ts';
import { endpoint } from '../../endpoint.ts';
import { experimentMessage, toExperimentMessage } from '../../messages/experiment.ts';
import { required, string } from '../../wire/index.ts';

export const getExperimentByName = endpoint({
  route: 'GET /api/2.0/mlflow/experiments/get-by-name',
  request: { experiment_name: required(string()) },
  response: { experiment: experimentMessage },
  handle: async ({ request: { experiment_name }, context }) => {
    const experiment = await context.tracking.experiments.getByName(experiment_name);
    if (experiment === undefined)
      throw new NotFoundError(`Could not find experiment with name '${experiment_name}'`);
    return { experiment: toExperimentMessage(experiment) };
  },
});
