// POST experiments/search-datasets: the datasets that runs of experiments read, and what for.
import { endpoint } from '../../endpoint.ts';
import { message, repeated, required, string } from '../../wire/index.ts';

const datasetSummary = message({
  experiment_id: required(string()),
  name: required(string()),
  digest: required(string()),
  context: string(),
});

export const searchDatasets = endpoint({
  // MLflow's own definition lacks a slash: its clients send the first, its page the second's twin.
  route: [
    'POST /api/2.0mlflow/experiments/search-datasets',
    'POST /api/2.0/mlflow/experiments/search-datasets',
  ],
  request: { experiment_ids: repeated(string()) },
  response: { dataset_summaries: repeated(datasetSummary) },
  handle: async ({ request, context }) => {
    const summaries = await context.tracking.inputs.searchDatasets(request.experiment_ids);
    return {
      dataset_summaries: summaries.map(({ experimentId, context: use, ...summary }) => ({
        ...summary,
        experiment_id: experimentId,
        context: use === '' ? undefined : use,
      })),
    };
  },
});
