// Begins answers, and names each of them.
import { visibleOwner } from '../../../access/index.ts';
import type { ServedText, ServiceRequest } from '../../../app/index.ts';
import { fingerprint, NotFoundError, timeOrderedId } from '../../../core/index.ts';
import type { HttpCall } from '../../http/call.ts';
import type { OpenAiContext } from '../context.ts';
import { modelNotFound } from '../models/find-model.ts';

type Call = Pick<HttpCall, 'principal' | 'whenGone'> & { readonly context: OpenAiContext };

/** An answer that has begun; its writing ends when the client goes away. @throws OpenAiError `model_not_found` */
export async function beginText(
  { principal, whenGone, context }: Call,
  model: string,
  request: ServiceRequest,
): Promise<ServedText> {
  const asked = { ...request, signal: whenGone() };
  try {
    return await context.texts.generate(model, asked, { owner: visibleOwner(principal) });
  } catch (error) {
    throw error instanceof NotFoundError ? modelNotFound(model) : error;
  }
}

/** What all parts of an answer carry. */
export function heading<Kind extends string>(
  kind: Kind,
  prefix: string,
  { id, createdAt }: ServedText['model'],
) {
  return {
    id: timeOrderedId(prefix),
    object: kind,
    created: Math.floor(Date.now() / 1000),
    model: id,
    system_fingerprint: `fp_${fingerprint([id, createdAt]).slice(0, 10)}`,
  };
}
