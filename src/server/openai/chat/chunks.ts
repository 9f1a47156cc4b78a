// The answers of a chat piece by piece.
import type { TextEvent } from '../../../serving/index.ts';
import { usageObject } from '../text/usage.ts';
import { type ChatForm, finishReason, logprobsObject } from './completion-object.ts';

/** How a stream is told. */
export type ChunkOptions = ChatForm & {
  /** In every chunk. */
  readonly heading: object;
  readonly includeUsage: boolean;
};

/** The chunks of a stream. */
export async function* chunks(
  events: AsyncIterable<TextEvent>,
  options: ChunkOptions,
): AsyncGenerator<object, void, undefined> {
  const { heading, includeUsage } = options;
  const chunk = (choices: readonly object[]) => ({
    ...heading,
    choices,
    ...(includeUsage && { usage: null }),
  });
  const begun = new Set<number>();
  for await (const event of events) {
    if (event.type === 'usage') {
      if (includeUsage) yield { ...chunk([]), usage: usageObject(event.usage) };
      continue;
    }
    if (!begun.has(event.choice)) {
      begun.add(event.choice);
      // A call's message has no text.
      const content = event.type === 'tool-call' ? null : '';
      const delta = { role: 'assistant', content, refusal: null };
      yield chunk([{ index: event.choice, delta, logprobs: null, finish_reason: null }]);
    }
    yield chunk([choiceOf(event, options)]);
  }
}

function choiceOf(event: Exclude<TextEvent, { readonly type: 'usage' }>, form: ChatForm) {
  const index = event.choice;
  const piece = { index, logprobs: null, finish_reason: null };
  switch (event.type) {
    case 'text':
      return {
        ...piece,
        delta: { content: event.text },
        ...(form.withLogprobs && { logprobs: logprobsObject(event.tokens) }),
      };
    case 'tool-call': {
      const call = { name: event.name, arguments: '' };
      if (form.isLegacy) return { ...piece, delta: { function_call: call } };
      const begun = { index: event.call, id: event.id, type: 'function', function: call };
      return { ...piece, delta: { tool_calls: [begun] } };
    }
    case 'tool-arguments': {
      const more = { arguments: event.text };
      if (form.isLegacy) return { ...piece, delta: { function_call: more } };
      return { ...piece, delta: { tool_calls: [{ index: event.call, function: more }] } };
    }
    case 'finish':
      return { ...piece, delta: {}, finish_reason: finishReason(event.reason, form) };
  }
}
