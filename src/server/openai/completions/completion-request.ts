// The body of a plain completion, as OpenAI documents it, and what the model is asked.
import { z } from 'zod';
import type { ServiceRequest } from '../../../app/index.ts';
import type { TextPrompt } from '../../../serving/index.ts';
import { ParameterError } from '../../http/parse.ts';
import { checkStreamOptions, commonFields, commonPart, mostChoices } from '../text/common-request.ts';

const ids = z.array(z.int().min(0)).min(1);

export const completionRequest = z.looseObject({
  ...commonFields,
  prompt: z.union([z.string(), z.array(z.string()).min(1), ids, z.array(ids).min(1)]),
  suffix: z.string().nullish(),
  max_tokens: z.int().min(1).nullish(),
  logprobs: z.int().min(0).max(5).nullish(),
  echo: z.boolean().nullish(),
  best_of: z.int().min(1).nullish(),
});

export type CompletionRequest = z.output<typeof completionRequest>;

/** OpenAI's own. */
const usualTokens = 16;

/** What the model is asked, prompt by prompt. @throws ParameterError for what is not offered */
export function textRequestsOf(request: CompletionRequest): readonly ServiceRequest[] {
  check(request);
  const prompts = promptsOf(request.prompt);
  const choices = request.n ?? 1;
  if (prompts.length * choices > mostChoices)
    throw refused('prompt', `asks for ${prompts.length * choices} answers; ask for ${mostChoices} at most`);
  return prompts.map((prompt) => ({
    prompt,
    ...commonPart(request),
    maxNewTokens: request.max_tokens ?? usualTokens,
    ...(request.echo === true && { echo: true }),
    ...(request.logprobs != null && { alternatives: request.logprobs }),
  }));
}

function check(request: CompletionRequest): void {
  if (request.suffix != null && request.suffix !== '')
    throw refused('suffix', 'asks to fill a gap, which this model cannot; leave it out');
  if (request.best_of != null && request.best_of !== (request.n ?? 1))
    throw refused('best_of', "differs from 'n': answers are not ranked here; leave it out");
  if (request.echo === true && request.logprobs != null)
    throw refused('echo', "is given beside 'logprobs': those of prompts are not told; give one of the two");
  checkStreamOptions(request);
}

function promptsOf(prompt: CompletionRequest['prompt']): readonly TextPrompt[] {
  if (typeof prompt === 'string') return [{ text: prompt }];
  if (isIds(prompt)) return [{ ids: prompt }];
  return prompt.map((one) => (typeof one === 'string' ? { text: one } : { ids: one }));
}

function isIds(prompt: readonly unknown[]): prompt is readonly number[] {
  return typeof prompt[0] === 'number';
}

function refused(param: string, why: string): ParameterError {
  return new ParameterError(param, `Invalid value for '${param}': it ${why}`);
}
