// What turns text into a model's tokens and back, where its answers end, and how it wants to be sampled.
import { InputError } from '../../core/index.ts';
import {
  type CausalModel,
  type GenerationOptions,
  openModel,
  parseGenerationConfig,
} from '../../models/index.ts';
import { chatStopIds, Tokenizer } from '../../text/index.ts';

/** Sampling where neither the caller nor the model says how. */
export const usualSampling = { temperature: 0.7, topP: 0.95 } as const;

/** What a model's directory says beside its weights. */
export type ModelText = {
  readonly tokenizer: Tokenizer;
  /** Of the chat template, of `config.json` and of `generation_config.json`. */
  readonly stopTokens: readonly number[];
  /** Of `generation_config.json` where it says whether to sample; else temperature 0.7, top-p 0.95. */
  readonly recommended: GenerationOptions;
};

/** Reads a Hugging Face directory's text side. @throws InputError where the tokenizer is not the model's */
export async function readModelText(directory: string): Promise<ModelText> {
  const opened = await openModel(directory);
  await opened.close();
  const { model, tokens, generationConfig = {} } = opened;
  const tokenizer = await loadTokenizer(directory, model);
  const said = parseGenerationConfig(generationConfig, `${directory}/generation_config.json`);
  const ends = [...chatStopIds(tokenizer), ...(tokens.eos ?? []), ...(said.stopTokens ?? [])];
  const stopTokens = [...new Set(ends)];
  const sampling = typeof generationConfig.do_sample === 'boolean' ? {} : usualSampling;
  return { tokenizer, stopTokens, recommended: { ...sampling, ...said, stopTokens } };
}

/**
 * The tokenizer of a model's directory.
 * @throws InputError when it has more tokens than the model
 */
export async function loadTokenizer(
  directory: string,
  model: Pick<CausalModel, 'vocabSize'>,
): Promise<Tokenizer> {
  const tokenizer = await Tokenizer.fromDirectory(directory);
  if (tokenizer.vocabSize <= model.vocabSize) return tokenizer;
  throw new InputError(
    `Cannot use the tokenizer of '${directory}': it has ${tokenizer.vocabSize} tokens, the model ${model.vocabSize}; ` +
      "give the model's own",
  );
}
