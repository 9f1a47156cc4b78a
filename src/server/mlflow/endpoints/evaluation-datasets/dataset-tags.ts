// PATCH datasets/{dataset_id}/tags and DELETE datasets/{dataset_id}/tags/{key}.
import { endpoint } from '../../endpoint.ts';
import { readTags } from '../../messages/evaluation-datasets.ts';
import { required, string } from '../../wire/index.ts';

export const setDatasetTags = endpoint({
  route: 'PATCH /api/3.0/mlflow/datasets/{dataset_id}/tags',
  request: { dataset_id: required(string()), tags: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.evaluationDatasets.setTags(request.dataset_id, readTags(request.tags));
  },
});

export const deleteDatasetTag = endpoint({
  route: 'DELETE /api/3.0/mlflow/datasets/{dataset_id}/tags/{key}',
  request: { dataset_id: required(string()), key: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.evaluationDatasets.deleteTag(request.dataset_id, request.key);
  },
});
