// GET runs/get: a run with what was logged to it.
import { endpoint } from '../../endpoint.ts';
import { runMessage, toRunMessage } from '../../messages/run.ts';
import { aliased, required, string } from '../../wire/index.ts';

export const getRun = endpoint({
  route: 'GET /api/2.0/mlflow/runs/get',
  request: { run_id: aliased(required(string()), 'run_uuid') },
  response: { run: runMessage },
  handle: async ({ request, context }) => ({
    run: toRunMessage(await context.tracking.runs.get(request.run_id)),
  }),
});
