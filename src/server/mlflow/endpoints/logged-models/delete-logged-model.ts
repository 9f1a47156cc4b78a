// DELETE logged-models/{model_id}: deletes a logged model; its files stay.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteLoggedModel = endpoint({
  route: 'DELETE /api/2.0/mlflow/logged-models/{model_id}',
  request: { model_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => context.tracking.loggedModels.delete(request.model_id),
});
