// POST runs/delete-tag: deletes a tag of a run.
import { endpoint } from '../../endpoint.ts';
import { aliased, required, string } from '../../wire/index.ts';

export const deleteTag = endpoint({
  route: 'POST /api/2.0/mlflow/runs/delete-tag',
  request: { run_id: aliased(required(string()), 'run_uuid'), key: required(string()) },
  response: {},
  handle: async ({ request, context }) => {
    await context.tracking.log.deleteTag(request.run_id, request.key);
  },
});
