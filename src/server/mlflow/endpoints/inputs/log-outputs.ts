// POST runs/outputs: the logged models that a run makes.
import { endpoint } from '../../endpoint.ts';
import { modelOutput } from '../../messages/inputs.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const logOutputs = endpoint({
  route: 'POST /api/2.0/mlflow/runs/outputs',
  request: { run_id: required(string()), models: required(repeated(modelOutput)) },
  response: {},
  handle: async ({ request: { run_id, models }, context }) =>
    context.tracking.inputs.logOutputs(
      run_id,
      models.map(({ model_id, step }) => ({ modelId: model_id, step })),
    ),
});
