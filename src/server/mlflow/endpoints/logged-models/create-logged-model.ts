// POST logged-models: a model whose files are still to come.
import { endpoint } from '../../endpoint.ts';
import { loggedModelMessage, toLoggedModelMessage } from '../../messages/logged-models.ts';
import { logged } from '../../messages/run.ts';
import { repeated, required, string } from '../../wire/index.ts';

export const createLoggedModel = endpoint({
  route: 'POST /api/2.0/mlflow/logged-models',
  request: {
    experiment_id: required(string()),
    name: string(),
    model_type: string(),
    source_run_id: string(),
    params: repeated(logged),
    tags: repeated(logged),
  },
  response: { model: loggedModelMessage },
  handle: async ({ request, context }) => {
    const model = await context.tracking.loggedModels.create({
      experimentId: request.experiment_id,
      name: request.name || undefined,
      modelType: request.model_type,
      sourceRunId: request.source_run_id,
      params: request.params,
      tags: request.tags,
    });
    return { model: toLoggedModelMessage(model) };
  },
});
