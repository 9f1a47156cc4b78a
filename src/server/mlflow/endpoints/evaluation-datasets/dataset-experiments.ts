// The experiments of a dataset: read, added, removed.
import { endpoint } from '../../endpoint.ts';
import { datasetMessage, toDatasetMessage } from '../../messages/evaluation-datasets.ts';
import { repeated, required, string } from '../../wire/index.ts';

const request = { dataset_id: required(string()), experiment_ids: repeated(string()) };

export const getDatasetExperimentIds = endpoint({
  route: 'GET /api/3.0/mlflow/datasets/{dataset_id}/experiment-ids',
  request: { dataset_id: required(string()) },
  response: { experiment_ids: repeated(string()) },
  handle: async ({ request, context }) => ({
    experiment_ids: await context.tracking.evaluationDatasets.experimentIds(request.dataset_id),
  }),
});

export const addDatasetToExperiments = endpoint({
  route: 'POST /api/3.0/mlflow/datasets/{dataset_id}/add-experiments',
  request,
  response: { dataset: datasetMessage },
  handle: async ({ request: { dataset_id: id, experiment_ids: experiments }, context }) => ({
    dataset: toDatasetMessage(await context.tracking.evaluationDatasets.addToExperiments(id, experiments)),
  }),
});

export const removeDatasetFromExperiments = endpoint({
  route: 'POST /api/3.0/mlflow/datasets/{dataset_id}/remove-experiments',
  request,
  response: { dataset: datasetMessage },
  handle: async ({ request: { dataset_id: id, experiment_ids: experiments }, context }) => ({
    dataset: toDatasetMessage(
      await context.tracking.evaluationDatasets.removeFromExperiments(id, experiments),
    ),
  }),
});
