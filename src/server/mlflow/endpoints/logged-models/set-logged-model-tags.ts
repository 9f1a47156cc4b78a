// PATCH logged-models/{model_id}/tags: sets tags of a logged model.
import { endpoint } from '../../endpoint.ts';
import { logged } from '../../messages/run.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const setLoggedModelTags = endpoint({
  route: 'PATCH /api/2.0/mlflow/logged-models/{model_id}/tags',
  request: { model_id: required(string()), tags: repeated(logged) },
  response: {},
  handle: async ({ request: { model_id, tags }, context }) =>
    context.tracking.loggedModels.setTags(model_id, tags),
});
