// POST experiments/delete-experiment-tag: deletes a tag.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteExperimentTag = endpoint({
  route: 'POST /api/2.0/mlflow/experiments/delete-experiment-tag',
  request: { experiment_id: required(string()), key: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.experiments.deleteTag(request.experiment_id, request.key);
  },
});
