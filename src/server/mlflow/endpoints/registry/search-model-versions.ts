// GET model-versions/search: a page of the versions that a filter selects.
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, toListedVersionMessage } from '../../messages/registry.ts';
import { int64, repeated, string, withDefault } from '../../wire/index.ts';

export const searchModelVersions = endpoint({
  route: 'GET /api/2.0/mlflow/model-versions/search',
  request: {
    filter: string(),
    max_results: withDefault(int64({ max: 200_000 }), 200_000),
    order_by: repeated(string()),
    page_token: string(),
  },
  response: { model_versions: repeated(modelVersionMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.registry.versions.search({
      filter: request.filter,
      maxResults: request.max_results,
      orderBy: request.order_by,
      pageToken: request.page_token,
    });
    return { model_versions: items.map(toListedVersionMessage), next_page_token: nextPageToken };
  },
});
