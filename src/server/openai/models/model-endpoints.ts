// Models: which there are, and the end of tuned ones.
import { visibleOwner } from '../../../access/index.ts';
import type { ServableModel } from '../../../app/index.ts';
import { type FaceEndpoint, jsonEndpoint } from '../../http/json-endpoint.ts';
import type { OpenAiContext } from '../context.ts';
import { findModel } from './find-model.ts';

export const modelEndpoints: readonly FaceEndpoint<OpenAiContext>[] = [
  jsonEndpoint({
    route: 'GET /v1/models',
    // Applications that only chat look first which models there are
    scope: ['read', 'infer'],
    summary: 'List the models that can be used',
    async handle({ principal, context: { models } }) {
      const found = await models.list({ owner: visibleOwner(principal) });
      return { object: 'list', data: found.map(modelObject) };
    },
  }),
  // Ids hold slashes: clients send them encoded or as they are.
  jsonEndpoint({
    route: 'GET /v1/models/{model*}',
    scope: ['read', 'infer'],
    summary: 'A model',
    handle: async ({ params, principal, context: { models } }) =>
      modelObject(await findModel(models, params.model ?? '', { owner: visibleOwner(principal) })),
  }),
  jsonEndpoint({
    route: 'DELETE /v1/models/{model*}',
    scope: 'train',
    summary: 'Delete a tuned model',
    async handle({ params: { model: id = '' }, principal, context: { models } }) {
      const visibility = { owner: visibleOwner(principal) };
      await findModel(models, id, visibility);
      await models.delete(id, visibility);
      return { id, object: 'model', deleted: true };
    },
  }),
];

function modelObject({ id, createdAt, ownedBy }: ServableModel) {
  return { id, object: 'model' as const, created: createdAt, owned_by: ownedBy };
}
