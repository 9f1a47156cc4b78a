// POST runs/set-tag: sets a tag of a run.
import { endpoint } from '../../endpoint.ts';
import { aliased, required, string, withDefault } from '../../wire/index.ts';

export const setTag = endpoint({
  route: 'POST /api/2.0/mlflow/runs/set-tag',
  request: {
    run_id: aliased(required(string()), 'run_uuid'),
    key: required(string()),
    value: withDefault(string(), ''),
  },
  response: {},
  handle: async ({ request, context }) => {
    const { run_id, key, value } = request;
    await context.tracking.log.tag(run_id, { key, value });
  },
});
