// POST model-versions/create: registers a version under the next number.
import { callerOf } from '../../caller.ts';
import { endpoint } from '../../endpoint.ts';
import { modelVersionMessage, registryTag, toModelVersionMessage } from '../../messages/registry.ts';
import { repeated, required, string, withDefault } from '../../wire/index.ts';

export const createModelVersion = endpoint({
  route: 'POST /api/2.0/mlflow/model-versions/create',
  request: {
    name: required(string()),
    source: required(string()),
    run_id: withDefault(string(), ''),
    tags: repeated(registryTag),
    run_link: withDefault(string(), ''),
    description: withDefault(string(), ''),
    model_id: string(),
  },
  response: { model_version: modelVersionMessage },
  handle: async ({ request, context, http }) => {
    const { versions } = context.registry;
    const wanted = {
      source: request.source,
      runId: request.run_id,
      tags: request.tags,
      runLink: request.run_link,
      description: request.description,
      modelId: request.model_id,
    };
    await versions.checkSource(wanted);
    const version = await versions.create(request.name, wanted, callerOf(http));
    return { model_version: toModelVersionMessage(version) };
  },
});
