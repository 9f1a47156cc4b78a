// The answers of a chat as OpenAI's clients see them, as a whole.
import type { ScoredTextToken, TextFinish, TextToken } from '../../../serving/index.ts';
import type { WrittenText } from '../text/collect.ts';

/** How a request wants its answers told. */
export type ChatForm = {
  readonly withLogprobs: boolean;
  /** Calls in the older form, of `functions`. */
  readonly isLegacy: boolean;
};

export function choiceObject({ text, tokens, calls, reason }: WrittenText, index: number, form: ChatForm) {
  const [first] = calls;
  return {
    index,
    message: {
      role: 'assistant' as const,
      content: first !== undefined && text === '' ? null : text,
      refusal: null,
      annotations: [],
      ...(first !== undefined &&
        (form.isLegacy
          ? { function_call: { name: first.name, arguments: first.arguments } }
          : {
              tool_calls: calls.map(({ id, ...call }) => ({ id, type: 'function' as const, function: call })),
            })),
    },
    logprobs: form.withLogprobs ? logprobsObject(tokens) : null,
    finish_reason: finishReason(reason, form),
  };
}

export function finishReason(reason: TextFinish, { isLegacy }: ChatForm) {
  return reason === 'tool_calls' && isLegacy ? ('function_call' as const) : reason;
}

export function logprobsObject(tokens: readonly ScoredTextToken[]) {
  return {
    content: tokens.map((token) => ({
      ...tokenObject(token),
      top_logprobs: token.alternatives.map(tokenObject),
    })),
    refusal: null,
  };
}

function tokenObject({ token, logProb, bytes }: TextToken) {
  return { token, logprob: logProb, bytes: [...bytes] };
}
