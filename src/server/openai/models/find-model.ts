// A model by its id, as its caller may see it.
import type { ModelCatalogue, ServableModel, Visibility } from '../../../app/index.ts';
import { NotFoundError } from '../../../core/index.ts';
import { OpenAiError } from '../errors.ts';

/** @throws OpenAiError `model_not_found` */
export async function findModel(
  models: ModelCatalogue,
  id: string,
  visibility: Visibility,
): Promise<ServableModel> {
  try {
    return await models.get(id, visibility);
  } catch (error) {
    throw error instanceof NotFoundError ? modelNotFound(id) : error;
  }
}

export function modelNotFound(id: string): OpenAiError {
  const shown = id.length > 200 ? `${id.slice(0, 200)}...` : id;
  return new OpenAiError(`The model '${shown}' does not exist or you do not have access to it.`, {
    status: 404,
    param: 'model',
    code: 'model_not_found',
  });
}
