// The tag that tells prompts from models in the registry: models do not have it, and still count as "not a prompt".
import type { Comparison, Filter } from '../filter.ts';

/** The tag's key. */
export const IS_PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** `= 'false'` and `!= 'true'` on the prompt tag mean "not tagged true", so that entries without the tag match. */
export function promptTag(comparison: Comparison): Filter {
  const { type, key, operator, value } = comparison;
  if (type !== 'tag' || key !== IS_PROMPT_TAG || typeof value !== 'string') return comparison;
  const isTruth = /^(?:true|false)$/i.test(value);
  if (!isTruth || (operator !== '=' && operator !== '!=')) return comparison;
  const isPrompt: Comparison = { kind: 'comparison', type, key, operator: '=', value: 'true' };
  const wantsPrompts = (value.toLowerCase() === 'true') === (operator === '=');
  return wantsPrompts ? isPrompt : { kind: 'not', part: isPrompt };
}
