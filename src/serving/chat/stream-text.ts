// From a request to the events of its answers.
import { randomInt } from 'node:crypto';
import { InputError } from '../../core/index.ts';
import { TextStream } from '../../text/index.ts';
import type { Sampling } from '../engine/token-request.ts';
import { ContextLengthError } from './context-length-error.ts';
import { encodeMessages } from './encode-prompt.ts';
import { interleave } from './interleave.ts';
import { templateMessages } from './messages.ts';
import { StopText } from './stop-text.ts';
import type { TextEvent } from './text-event.ts';
import type { TextModel } from './text-model.ts';
import type { TextRequest } from './text-request.ts';

/**
 * Answers a request. Leaving the loop early stops the writing.
 * @throws InputError for what cannot be honoured; ContextLengthError for a prompt that is too long; the signal's reason
 */
export async function* streamText(
  model: TextModel,
  request: TextRequest,
): AsyncGenerator<TextEvent, void, undefined> {
  const prompt = await encode(model, request);
  const maxNewTokens = request.maxNewTokens ?? model.maxLength - prompt.length;
  if (prompt.length + Math.max(1, maxNewTokens) > model.maxLength)
    throw new ContextLengthError({
      promptTokens: prompt.length,
      newTokens: Math.max(1, maxNewTokens),
      maxLength: model.maxLength,
    });
  let newTokens = 0;
  let cachedTokens = 0;
  const answer = async function* (choice: number): AsyncGenerator<TextEvent, void, undefined> {
    const tokens = model.generate({
      prompt,
      maxNewTokens,
      stopTokens: model.stopTokens,
      sampling: samplingOf(model, request, choice),
      alternatives: request.alternatives ?? 0,
      ...(request.adapter && { adapter: request.adapter }),
      ...(request.signal && { signal: request.signal }),
    });
    const stream = new TextStream(model.tokenizer);
    const stops = new StopText(request.stop ?? []);
    let reason: 'stop' | 'length' = 'stop';
    for await (const { token, finish } of tokens) {
      const ended = finish === undefined ? '' : stream.flush();
      const { text, stopped } = stops.push(
        finish === 'stop-token' ? ended : stream.push(token) + (finish ? stream.flush() : ''),
      );
      if (text !== '') yield { type: 'text', choice, text, tokens: [] };
      if (stopped) break;
      if (finish === 'length' || finish === 'context') reason = 'length';
    }
    newTokens += tokens.usage.newTokens;
    cachedTokens += tokens.usage.cachedTokens;
    yield { type: 'finish', choice, reason };
  };
  yield* interleave(Array.from({ length: request.choices ?? 1 }, (_, choice) => answer(choice)));
  yield { type: 'usage', usage: { promptTokens: prompt.length, cachedTokens, newTokens } };
}

async function encode({ tokenizer }: TextModel, { prompt }: TextRequest): Promise<readonly number[]> {
  if ('ids' in prompt) return prompt.ids;
  if ('text' in prompt) return await tokenizer.encodeIds(prompt.text);
  if (prompt.tools !== undefined) throw new InputError('Cannot call tools');
  return await encodeMessages(tokenizer, templateMessages(prompt.messages));
}

function samplingOf(model: TextModel, { sampling }: TextRequest, choice: number): Sampling {
  return {
    temperature: 1,
    topP: 1,
    topK: Number.POSITIVE_INFINITY,
    presencePenalty: 0,
    frequencyPenalty: 0,
    logitBias: new Map(),
    ...model.recommended,
    ...sampling,
    seed: (sampling?.seed ?? randomInt(2 ** 31)) + choice,
  };
}
