// POST runs/log-model: notes in a tag of the run that it made a model; what clients before MLflow 3 call.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const logModel = endpoint({
  route: 'POST /api/2.0/mlflow/runs/log-model',
  request: { run_id: required(string()), model_json: required(string()) },
  response: {},
  handle: async ({ request, context }) =>
    context.tracking.inputs.recordModel(request.run_id, request.model_json),
});
