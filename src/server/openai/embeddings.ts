// Embeddings: refused until there is a model that has them.
import { z } from 'zod';
import { visibleOwner } from '../../access/index.ts';
import { type FaceEndpoint, jsonEndpoint } from '../http/json-endpoint.ts';
import type { OpenAiContext } from './context.ts';
import { OpenAiError } from './errors.ts';
import { findModel } from './models/find-model.ts';
import { plainText } from './plain-text.ts';

export const embeddingsEndpoint: FaceEndpoint<OpenAiContext> = jsonEndpoint({
  route: 'POST /v1/embeddings',
  scope: 'infer',
  summary: 'Refused: no model here has embeddings',
  body: z.looseObject({ model: plainText.min(1) }),
  async handle({ body, principal, context: { models } }) {
    const { id } = await findModel(models, body.model, { owner: visibleOwner(principal) });
    throw new OpenAiError(
      `The model '${id}' writes text and has no embeddings; use /v1/chat/completions or /v1/completions`,
      { param: 'model', code: 'model_not_supported' },
    );
  },
});
