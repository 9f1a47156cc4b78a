// GET logged-models/{model_id}: a logged model with all that belongs to it; a deleted one only for who asks for it.
import { endpoint } from '../../endpoint.ts';
import { loggedModelMessage, toLoggedModelMessage } from '../../messages/logged-models.ts';
import { required, string } from '../../wire/index.ts';

export const getLoggedModel = endpoint({
  route: 'GET /api/2.0/mlflow/logged-models/{model_id}',
  request: { model_id: required(string()), allow_deleted: string() },
  response: { model: loggedModelMessage },
  handle: async ({ request: { model_id, allow_deleted }, context }) => {
    const deleted = allow_deleted?.toLowerCase() === 'true';
    return { model: toLoggedModelMessage(await context.tracking.loggedModels.get(model_id, { deleted })) };
  },
});
