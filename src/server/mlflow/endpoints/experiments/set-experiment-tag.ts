// POST experiments/set-experiment-tag: sets a tag.
import { endpoint } from '../../endpoint.ts';
import { required, string, withDefault } from '../../wire/index.ts';

export const setExperimentTag = endpoint({
  route: 'POST /api/2.0/mlflow/experiments/set-experiment-tag',
  request: { experiment_id: required(string()), key: required(string()), value: withDefault(string(), '') },
  response: {},
  handle: async ({ request, context }) => {
    const { experiment_id, key, value } = request;
    await context.tracking.experiments.setTag(experiment_id, { key, value });
  },
});
