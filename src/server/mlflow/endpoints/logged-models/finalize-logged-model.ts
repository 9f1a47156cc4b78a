// PATCH logged-models/{model_id}: the model's files are there, or never will be.
import { endpoint } from '../../endpoint.ts';
import {
  loggedModelMessage,
  loggedModelStatus,
  loggedModelStatuses,
  toLoggedModelMessage,
} from '../../messages/logged-models.ts';
import { required, string } from '../../wire/index.ts';

export const finalizeLoggedModel = endpoint({
  route: 'PATCH /api/2.0/mlflow/logged-models/{model_id}',
  request: { model_id: required(string()), status: required(loggedModelStatus) },
  response: { model: loggedModelMessage },
  handle: async ({ request: { model_id, status }, context }) => {
    const model = await context.tracking.loggedModels.finalize(model_id, loggedModelStatuses[status]);
    return { model: toLoggedModelMessage(model) };
  },
});
