// Evaluation datasets (3.0): created, read, searched and deleted.
import { endpoint } from '../../endpoint.ts';
import { datasetMessage, readTags, toDatasetMessage } from '../../messages/evaluation-datasets.ts';
import { int32, repeated, required, string, withDefault } from '../../wire/index.ts';

export const createDataset = endpoint({
  route: 'POST /api/3.0/mlflow/datasets/create',
  request: { name: required(string()), experiment_ids: repeated(string()), tags: string() },
  response: { dataset: datasetMessage },
  handle: async ({ request, context }) => {
    const experimentIds = request.experiment_ids;
    const tags = readTags(request.tags);
    const dataset = await context.tracking.evaluationDatasets.create({
      name: request.name,
      tags,
      experimentIds,
    });
    return { dataset: toDatasetMessage(dataset, experimentIds) };
  },
});

export const getDataset = endpoint({
  route: 'GET /api/3.0/mlflow/datasets/{dataset_id}',
  request: { dataset_id: required(string()) },
  response: { dataset: datasetMessage },
  handle: async ({ request, context }) => {
    const dataset = await context.tracking.evaluationDatasets.get(request.dataset_id);
    return { dataset: toDatasetMessage(dataset) };
  },
});

export const deleteDataset = endpoint({
  route: 'DELETE /api/3.0/mlflow/datasets/{dataset_id}',
  request: { dataset_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.evaluationDatasets.delete(request.dataset_id);
  },
});

export const searchDatasets = endpoint({
  route: ['POST /api/3.0/mlflow/datasets/search', 'GET /api/3.0/mlflow/datasets/search'],
  request: {
    experiment_ids: repeated(string()),
    filter_string: string(),
    max_results: withDefault(int32(), 1000),
    order_by: repeated(string()),
    page_token: string(),
  },
  response: { datasets: repeated(datasetMessage), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.evaluationDatasets.search({
      experimentIds: request.experiment_ids,
      filter: request.filter_string,
      orderBy: request.order_by,
      maxResults: request.max_results,
      pageToken: request.page_token,
    });
    return { datasets: items.map((dataset) => toDatasetMessage(dataset)), next_page_token: nextPageToken };
  },
});
