// POST logged-models/{model_id}/params: parameters of a logged model.
import { endpoint } from '../../endpoint.ts';
import { logged } from '../../messages/run.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const logLoggedModelParams = endpoint({
  route: 'POST /api/2.0/mlflow/logged-models/{model_id}/params',
  request: { model_id: required(string()), params: repeated(logged) },
  response: {},
  handle: async ({ request: { model_id, params }, context }) =>
    context.tracking.loggedModels.logParams(model_id, params),
});
