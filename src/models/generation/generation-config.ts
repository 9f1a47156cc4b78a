// What a model's generation_config.json recommends, as options.
import { z } from 'zod';
import { checkedConfig, parseSpecialTokens } from '../config-json.ts';
import type { GenerationOptions } from './options.ts';

const schema = z.looseObject({
  do_sample: z.boolean().nullish(),
  temperature: z.number().nonnegative().nullish(),
  top_k: z.number().int().nonnegative().nullish(),
  top_p: z.number().positive().max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  max_new_tokens: z.number().int().positive().nullish(),
});

/** transformers samples among this many tokens unless told otherwise. */
const usualTopK = 50;

/**
 * The options that a `generation_config.json` recommends; absent keys mean what they mean to transformers. Sampling is on
 * only where `do_sample` is true. Keys that have no equal here (beams, watermarks) are left out.
 * @param file named in errors
 */
export function parseGenerationConfig(json: unknown, file: string): GenerationOptions {
  const given = checkedConfig(schema, json, file);
  const topK = given.top_k ?? usualTopK;
  const sampling = {
    temperature: given.temperature ?? 1,
    ...(topK > 0 ? { topK } : {}),
    ...(given.top_p == null ? {} : { topP: given.top_p }),
  };
  return {
    stopTokens: parseSpecialTokens(json, file).eos ?? [],
    ...(given.do_sample === true ? sampling : {}),
    ...(given.repetition_penalty == null ? {} : { repetitionPenalty: given.repetition_penalty }),
    ...(given.max_new_tokens == null ? {} : { maxNewTokens: given.max_new_tokens }),
  };
}
