// POST logged-models/search: logged models by filter and by the data they were measured on, page by page.
import { endpoint } from '../../endpoint.ts';
import { loggedModelMessage, toLoggedModelMessage } from '../../messages/logged-models.ts';
import {
  bool,
  type Infer,
  int32,
  message,
  repeated,
  required,
  string,
  withDefault,
} from '../../wire/index.ts';

const dataset = { dataset_name: string(), dataset_digest: string() };
const orderBy = message({ field_name: required(string()), ascending: withDefault(bool(), true), ...dataset });
const datasetMessage = message(dataset);

export const searchLoggedModels = endpoint({
  route: 'POST /api/2.0/mlflow/logged-models/search',
  request: {
    experiment_ids: required(repeated(string())),
    filter: string(),
    datasets: repeated(datasetMessage),
    max_results: withDefault(int32(), 50),
    order_by: repeated(orderBy),
    page_token: string(),
  },
  response: { models: repeated(loggedModelMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.loggedModelSearch.page({
      experimentIds: request.experiment_ids,
      filter: request.filter,
      datasets: request.datasets.map(toDataset),
      // 0 is the store's own default, as with MLflow.
      maxResults: request.max_results || undefined,
      orderBy: request.order_by.map((order) => ({
        field: order.field_name,
        ascending: order.ascending,
        dataset: toDataset(order),
      })),
      pageToken: request.page_token,
    });
    return { models: items.map(toLoggedModelMessage), next_page_token: nextPageToken };
  },
});

/** An empty text is none. */
function toDataset({ dataset_name, dataset_digest }: Infer<typeof datasetMessage>) {
  return { name: dataset_name || undefined, digest: dataset_digest || undefined };
}
