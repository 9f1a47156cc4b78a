// POST experiments/create: a new experiment.
import { endpoint } from '../../endpoint.ts';
import { logged } from '../../messages/run.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const createExperiment = endpoint({
  route: 'POST /api/2.0/mlflow/experiments/create',
  request: { name: required(string()), artifact_location: string(), tags: repeated(logged) },
  response: { experiment_id: string() },
  handle: async ({ request: { name, artifact_location, tags }, context }) => {
    const location = artifact_location ? { artifactLocation: artifact_location } : {};
    return { experiment_id: await context.tracking.experiments.create({ name, tags, ...location }) };
  },
});
