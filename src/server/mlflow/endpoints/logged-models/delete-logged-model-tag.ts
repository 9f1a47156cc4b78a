// DELETE logged-models/{model_id}/tags/{tag_key}: removes a tag of a logged model.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteLoggedModelTag = endpoint({
  route: 'DELETE /api/2.0/mlflow/logged-models/{model_id}/tags/{tag_key}',
  request: { model_id: required(string()), tag_key: required(string()) },
  response: {},
  handle: async ({ request: { model_id, tag_key }, context }) =>
    context.tracking.loggedModels.deleteTag(model_id, tag_key),
});
