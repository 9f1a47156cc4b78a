// POST runs/restore: restores a run.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const restoreRun = endpoint({
  route: 'POST /api/2.0/mlflow/runs/restore',
  request: { run_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.runs.restore(request.run_id);
  },
});
