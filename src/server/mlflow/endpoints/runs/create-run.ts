// POST runs/create: a new run.
import { endpoint } from '../../endpoint.ts';
import { logged, runMessage, toRunMessage } from '../../messages/run.ts';
import { int64, repeated, string, withDefault } from '../../wire/index.ts';

export const createRun = endpoint({
  route: 'POST /api/2.0/mlflow/runs/create',
  request: {
    experiment_id: withDefault(string(), ''),
    user_id: withDefault(string(), ''),
    run_name: withDefault(string(), ''),
    start_time: withDefault(int64(), 0),
    tags: repeated(logged),
  },
  response: { run: runMessage },
  handle: async ({ request, context }) => {
    const run = await context.tracking.runs.create({
      experimentId: request.experiment_id,
      userId: request.user_id,
      name: request.run_name,
      startTime: request.start_time,
      tags: request.tags,
    });
    // MLflow says nothing of the outputs of a run that has just begun.
    return { run: { ...toRunMessage(run), outputs: undefined } };
  },
});
