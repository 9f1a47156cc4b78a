// GET metrics/get-history-bulk-interval: values of one metric of several runs, at most so many steps of each.
import { InputError } from '../../../../core/index.ts';
import { endpoint } from '../../endpoint.ts';
import { metricOfRun, rowsOfRuns } from '../../messages/metric-of-run.ts';
import { int32, repeated, required, string, withDefault } from '../../wire/index.ts';

/** Runs in one request. */
const runLimit = 100;

export const getMetricHistoryBulkInterval = endpoint({
  route: 'GET /api/2.0/mlflow/metrics/get-history-bulk-interval',
  request: {
    run_ids: repeated(required(string())),
    metric_key: required(string()),
    start_step: int32(),
    end_step: int32(),
    max_results: withDefault(
      int32({ min: 1, max: 2500, message: 'max_results must be between 1 and 2500.' }),
      2500,
    ),
  },
  response: { metrics: repeated(metricOfRun) },
  handle: async ({ request: { run_ids, metric_key: key, start_step, end_step, max_results }, context }) => {
    checkRuns(run_ids);
    const steps = stepsOf(start_step, end_step);
    const runs = await rowsOfRuns(context, run_ids);
    const metrics = await context.tracking.history.interval(runs, { key, maxResults: max_results, ...steps });
    return { metrics: metrics.map(({ runId, ...metric }) => ({ ...metric, run_id: runId })) };
  },
});

function checkRuns(runIds: readonly string[]): void {
  if (runIds.length === 0)
    throw new InputError(
      "Missing value for required parameter 'run_ids'. See the API docs for more information about request parameters.",
    );
  if (runIds.length > runLimit)
    throw new InputError(
      `GetMetricHistoryBulkInterval request must specify at most ${runLimit} run_ids. Received ${runIds.length} run_ids. See the API docs for more information about request parameters.`,
    );
}

function stepsOf(startStep: number | undefined, endStep: number | undefined) {
  if (startStep === undefined && endStep === undefined) return {};
  if (startStep === undefined || endStep === undefined)
    throw new InputError('If either start step or end step are specified, both must be specified.');
  if (startStep > endStep)
    throw new InputError(
      `end_step must be greater than start_step. Found start_step=${startStep} and end_step=${endStep}.`,
    );
  return { startStep, endStep };
}
