// datasets/{dataset_id}/records: added, read page by page, and deleted.
import { readRecords } from '../../../../tracking/index.ts';
import { endpoint } from '../../endpoint.ts';
import { writeRecords } from '../../messages/evaluation-datasets.ts';
import { int32, repeated, required, string, withDefault } from '../../wire/index.ts';

const path = '/api/3.0/mlflow/datasets/{dataset_id}/records';

export const upsertDatasetRecords = endpoint({
  route: `POST ${path}`,
  request: { dataset_id: required(string()), records: required(string()) },
  response: { inserted_count: int32(), updated_count: int32() },
  handle: async ({ request, context }) => {
    const { records } = context.tracking.evaluationDatasets;
    const { inserted, updated } = await records.upsert(request.dataset_id, readRecords(request.records));
    return { inserted_count: inserted, updated_count: updated };
  },
});

export const getDatasetRecords = endpoint({
  route: `GET ${path}`,
  request: {
    dataset_id: required(string()),
    max_results: withDefault(int32({ min: 0 }), 1000),
    page_token: string(),
  },
  response: { records: string(), next_page_token: string() },
  handle: async ({ request, context }) => {
    const { items, nextPageToken } = await context.tracking.evaluationDatasets.records.page(
      request.dataset_id,
      {
        maxResults: request.max_results || 1000,
        pageToken: request.page_token,
      },
    );
    return { records: writeRecords(items), next_page_token: nextPageToken };
  },
});

export const deleteDatasetRecords = endpoint({
  route: `DELETE ${path}`,
  request: { dataset_id: required(string()), dataset_record_ids: repeated(string()) },
  response: { deleted_count: int32() },
  handle: async ({ request, context }) => {
    const { records } = context.tracking.evaluationDatasets;
    return { deleted_count: await records.delete(request.dataset_id, request.dataset_record_ids) };
  },
});
