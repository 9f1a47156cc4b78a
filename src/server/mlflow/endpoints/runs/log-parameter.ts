// POST runs/log-parameter: logs one parameter.
import { endpoint } from '../../endpoint.ts';
import { aliased, required, string, withDefault } from '../../wire/index.ts';

export const logParameter = endpoint({
  route: 'POST /api/2.0/mlflow/runs/log-parameter',
  request: {
    run_id: aliased(required(string()), 'run_uuid'),
    key: required(string()),
    value: withDefault(string(), ''),
  },
  response: {},
  handle: async ({ request, context }) => {
    const { run_id, key, value } = request;
    await context.tracking.log.param(run_id, { key, value });
  },
});
