// POST runs/delete: deletes a run.
import { endpoint } from '../../endpoint.ts';
import { required, string } from '../../wire/index.ts';

export const deleteRun = endpoint({
  route: 'POST /api/2.0/mlflow/runs/delete',
  request: { run_id: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.runs.delete(request.run_id);
  },
});
