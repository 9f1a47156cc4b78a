// POST traces/link-prompts: links a trace to versions of prompts.
import { endpoint } from '../../endpoint.ts';
import { requireList } from '../../messages/traces.ts';
import { int32, message, repeated, required, string } from '../../wire/index.ts';

export const linkPromptsToTrace = endpoint({
  route: 'POST /api/2.0/mlflow/traces/link-prompts',
  request: {
    trace_id: required(string()),
    prompt_versions: repeated(message({ name: required(string()), version: required(int32({ min: 0 })) })),
  },
  response: {},
  handle: async ({ request, context }) => {
    const prompts = requireList('prompt_versions', request.prompt_versions);
    await context.tracking.tracing.traces.linkPrompts(request.trace_id, prompts);
  },
});
