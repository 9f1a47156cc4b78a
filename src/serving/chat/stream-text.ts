// From a request to the events of its answers.
import { randomInt } from 'node:crypto';
import type { Tokenizer } from '../../text/index.ts';
import { streamAnswer } from './answer.ts';
import { interleave } from './interleave.ts';
import { prepare } from './prepare.ts';
import type { TextEvent } from './text-event.ts';
import type { TextModel } from './text-model.ts';
import type { TextRequest } from './text-request.ts';

/**
 * Answers a request. What the request gets wrong is thrown before the first event; leaving the loop early stops the
 * writing.
 * @throws InputError for what cannot be honoured; ContextLengthError for a prompt that is too long; the signal's reason
 */
export async function* streamText(
  model: TextModel,
  request: TextRequest,
): AsyncGenerator<TextEvent, void, undefined> {
  const prepared = await prepare(model, request);
  const choices = Array.from({ length: request.choices ?? 1 }, (_, choice) => choice);
  const seed = request.sampling?.seed ?? randomInt(2 ** 31);
  const cost = { cachedTokens: 0, newTokens: 0 };
  if (request.echo) {
    const text = promptText(model.tokenizer, request);
    for (const choice of choices) yield { type: 'text', choice, text, tokens: [] };
  }
  yield* interleave(
    choices.map((choice) => streamAnswer({ model, request, prepared, cost, choice, seed: seed + choice })),
  );
  // The answers share one prompt: it is counted once, and so is what was known of it
  const promptTokens = prepared.prompt.length;
  const cachedTokens = Math.floor(cost.cachedTokens / choices.length);
  yield { type: 'usage', usage: { promptTokens, cachedTokens, newTokens: cost.newTokens } };
}

function promptText(tokenizer: Tokenizer, { prompt }: TextRequest): string {
  if ('text' in prompt) return prompt.text;
  return 'ids' in prompt ? tokenizer.decode(prompt.ids) : '';
}
