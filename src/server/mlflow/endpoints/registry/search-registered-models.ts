// GET registered-models/search: a page of the models that a filter selects.
import { endpoint } from '../../endpoint.ts';
import { registeredModelMessage, toRegisteredModelMessage } from '../../messages/registry.ts';
import { int64, repeated, string, withDefault } from '../../wire/index.ts';

export const searchRegisteredModels = endpoint({
  route: 'GET /api/2.0/mlflow/registered-models/search',
  request: {
    filter: string(),
    max_results: withDefault(int64({ max: 1000 }), 100),
    order_by: repeated(string()),
    page_token: string(),
  },
  response: { registered_models: repeated(registeredModelMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.registry.models.search({
      filter: request.filter,
      maxResults: request.max_results,
      orderBy: request.order_by,
      pageToken: request.page_token,
    });
    return { registered_models: items.map(toRegisteredModelMessage), next_page_token: nextPageToken };
  },
});
