// POST runs/log-inputs: what a run reads.
import { endpoint } from '../../endpoint.ts';
import { datasetInput, modelInput, toDatasetInput } from '../../messages/inputs.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const logInputs = endpoint({
  route: 'POST /api/2.0/mlflow/runs/log-inputs',
  request: { run_id: required(string()), datasets: repeated(datasetInput), models: repeated(modelInput) },
  response: {},
  handle: async ({ request: { run_id, datasets, models }, context }) =>
    context.tracking.inputs.log(run_id, {
      datasets: datasets.map(toDatasetInput),
      models: models.map(({ model_id }) => model_id),
    }),
});
