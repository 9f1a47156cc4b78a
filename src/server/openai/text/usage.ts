// What an answer has cost, as OpenAI counts it.
import type { TextUsage } from '../../../serving/index.ts';

export function usageObject({ promptTokens, cachedTokens, newTokens }: TextUsage) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: newTokens,
    total_tokens: promptTokens + newTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      ...{ reasoning_tokens: 0, audio_tokens: 0 },
      ...{ accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
    },
  };
}

/** The cost of several requests. */
export function sumOf(usages: readonly TextUsage[]): TextUsage {
  const sum = (name: keyof TextUsage) => usages.reduce((total, usage) => total + usage[name], 0);
  return {
    promptTokens: sum('promptTokens'),
    cachedTokens: sum('cachedTokens'),
    newTokens: sum('newTokens'),
  };
}
