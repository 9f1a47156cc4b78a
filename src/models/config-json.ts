// The parts of config.json that all families share: checking it, and the special tokens that it names.
import { z } from 'zod';
import { InputErrors } from '../core/index.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Ids of the special tokens that a model's files name; a model may stop at several. */
export type SpecialTokenIds = {
  readonly bos?: number;
  readonly eos?: readonly number[];
  readonly pad?: number;
};

/**
 * Checks JSON by a schema.
 * @param file named in the error
 * @throws InputErrors with every wrong setting at once
 */
export function checkedConfig<T extends z.ZodType>(schema: T, json: unknown, file: string): z.infer<T> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw configErrors(
    file,
    result.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}

/** The error for settings that are wrong, all at once. */
export function configErrors(file: string, faults: readonly string[]): InputErrors {
  const what = faults.length === 1 ? 'a setting is' : `${faults.length} settings are`;
  return new InputErrors(`Cannot use this model: ${what} wrong or not supported`, faults, {
    location: { file },
  });
}

const tokenId = z.number().int().nonnegative();
const tokenSchema = z.looseObject({
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: z.number().int().nullish(),
});

/** The special tokens of a `config.json` or `generation_config.json`. */
export function parseSpecialTokens(json: unknown, file: string): SpecialTokenIds {
  const { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad } = checkedConfig(tokenSchema, json, file);
  return {
    ...(bos == null ? {} : { bos }),
    ...(eos == null ? {} : { eos: [eos].flat() }),
    // Some published files say -1 for none.
    ...(pad == null || pad < 0 ? {} : { pad }),
  };
}

/** The special tokens as `config.json` and `generation_config.json` write them; null for none. */
export function formatSpecialTokens({ bos, eos = [], pad }: SpecialTokenIds): JsonObject {
  return {
    bos_token_id: bos ?? null,
    eos_token_id: eos.length > 1 ? eos : (eos[0] ?? null),
    pad_token_id: pad ?? null,
  };
}
