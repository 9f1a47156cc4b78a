// What chat and plain completions have in common in their requests. Keys that are not known are passed over: clients add new ones.
import { z } from 'zod';
import type { ServiceRequest } from '../../../app/index.ts';
import { ParameterError } from '../../http/parse.ts';
import { plainText } from '../plain-text.ts';

/** The most answers to one request. */
export const mostChoices = 128;

export const commonFields = {
  model: plainText.min(1),
  n: z.int().min(1).max(mostChoices).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
  seed: z.int().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  /** Not OpenAI's; -1 and 0: among all tokens, as other servers have it. */
  top_k: z.int().min(-1).nullish(),
  repetition_penalty: z.number().positive().max(10).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string().regex(/^\d{1,9}$/), z.number().min(-100).max(100)).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
};

const common = z.object(commonFields);
export type CommonRequest = z.output<typeof common>;

/** Refuses what only streams have. */
export function checkStreamOptions({ stream, stream_options: options }: CommonRequest): void {
  if (options != null && stream !== true)
    throw new ParameterError(
      'stream_options',
      "Invalid value for 'stream_options': it is for streams alone; set 'stream' to true or leave it out",
    );
}

/** Whether a stream ends with what it has cost. */
export function includesUsage({ stream_options: options }: CommonRequest): boolean {
  return options?.include_usage === true;
}

/** How the next token is chosen, and where answers end. What is left open, the model recommends. */
export function commonPart(request: CommonRequest): Pick<ServiceRequest, 'sampling' | 'choices' | 'stop'> {
  const { n, stop } = request;
  return {
    sampling: samplingOf(request),
    ...(n != null && { choices: n }),
    ...(stop != null && { stop: typeof stop === 'string' ? [stop] : stop }),
  };
}

function samplingOf(request: CommonRequest): NonNullable<ServiceRequest['sampling']> {
  const { temperature, top_p: topP, top_k: topK, seed, logit_bias: bias } = request;
  const { presence_penalty: presence, frequency_penalty: frequency } = request;
  const { repetition_penalty: repetition } = request;
  return {
    ...(temperature != null && { temperature }),
    // 0 means the likeliest token; a nucleus holds one at least.
    ...(topP != null && { topP: Math.max(topP, 1e-9) }),
    ...(topK != null && { topK: topK > 0 ? topK : Number.POSITIVE_INFINITY }),
    ...(repetition != null && { repetitionPenalty: repetition }),
    ...(seed != null && { seed }),
    ...(presence != null && { presencePenalty: presence }),
    ...(frequency != null && { frequencyPenalty: frequency }),
    ...(bias != null && {
      logitBias: new Map(Object.entries(bias).map(([token, value]) => [Number(token), value])),
    }),
  };
}
