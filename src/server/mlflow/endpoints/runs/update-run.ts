// POST runs/update: status, end and name of a run.
import { endpoint } from '../../endpoint.ts';
import { runInfoMessage, runStatus, toRunInfoMessage } from '../../messages/run.ts';
import { aliased, int64, required, string } from '../../wire/index.ts';

export const updateRun = endpoint({
  route: 'POST /api/2.0/mlflow/runs/update',
  request: {
    run_id: aliased(required(string()), 'run_uuid'),
    status: runStatus,
    end_time: int64(),
    run_name: string(),
  },
  response: { run_info: runInfoMessage },
  handle: async ({ request: { run_id, status, end_time, run_name }, context }) => {
    const update = { status, endTime: end_time, name: run_name };
    return { run_info: toRunInfoMessage(await context.tracking.runs.update(run_id, update)) };
  },
});
