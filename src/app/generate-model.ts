// A model with its tokenizer, ready to write text: what a command names, opened once for all prompts.
import { InputError } from '../core/index.ts';
import { type GenerationOptions, Generator, GraphWeights, type Weights } from '../models/index.ts';
import { encodeMessages, readModelText, usualSampling } from '../serving/index.ts';
import type { Message, Tokenizer } from '../text/index.ts';
import { findModel, loadSource } from './model-source.ts';

/** A prompt as plain text, or as the messages of a conversation. */
export type Prompt = string | readonly Message[];

/** How prompts are given to the model: through its chat template, or as they are. */
export type PromptMode = 'chat' | 'raw';

/** A model that writes text. */
export interface TextModel extends AsyncDisposable {
  readonly tokenizer: Tokenizer;
  readonly generator: Generator;
  /** The longest sequence, prompt and answer together, in tokens. */
  readonly maxLength: number;
  /** `chat` where the tokenizer has a chat template. */
  readonly usualMode: PromptMode;
  /** Of `generation_config.json` where it says whether to sample; else temperature 0.7, top-p 0.95. */
  readonly recommended: GenerationOptions;
  /** Token ids of a prompt, with the header of the answer where it is chat. */
  encode(prompt: Prompt, mode: PromptMode): Promise<number[]>;
}

/** Opens a Hugging Face directory, or an adapter's, which leads to its base; `adapter` puts one over the model. */
export async function openTextModel(
  directory: string,
  options: { readonly adapter?: string } = {},
): Promise<TextModel> {
  const source = await findModel(directory, options.adapter);
  const { model, parameters, wrap } = await loadSource(source);
  const { tokenizer, recommended } = await readModelText(source.base);
  const adapt = (weights: Weights): Weights => {
    if (wrap === undefined || !(weights instanceof GraphWeights)) return weights;
    return wrap(weights).weights;
  };
  const generator = new Generator(model, Object.fromEntries(parameters), { adapt });
  return {
    tokenizer,
    generator,
    maxLength: model.maxLength,
    usualMode: tokenizer.chatTemplates.has('default') ? 'chat' : 'raw',
    recommended,
    encode: (prompt, mode) => encodePrompt(tokenizer, prompt, mode),
    [Symbol.asyncDispose]: () => generator.close(),
  };
}

async function encodePrompt(tokenizer: Tokenizer, prompt: Prompt, mode: PromptMode): Promise<number[]> {
  if (mode === 'raw') {
    if (typeof prompt === 'string') return await tokenizer.encodeIds(prompt);
    throw new InputError('Cannot take messages as plain text: they need the chat template; leave out --raw');
  }
  const messages = typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  return await encodeMessages(tokenizer, messages);
}

/** What a caller asks of sampling; what it leaves out, the model's recommendation decides. */
export type SamplingRequest = Pick<
  GenerationOptions,
  'maxNewTokens' | 'temperature' | 'topP' | 'topK' | 'seed'
> & { readonly stop?: readonly string[] };

/**
 * Options of the generator.
 * @throws InputError for top-p or top-k where the temperature is 0, which would not read them
 */
export function generationOptions(model: TextModel, request: SamplingRequest): GenerationOptions {
  const { recommended, tokenizer } = model;
  const { stop = [], ...asked } = request;
  const narrows = asked.topP !== undefined || asked.topK !== undefined;
  if (asked.temperature === 0 && narrows)
    throw new InputError(
      'Cannot sample: temperature 0 always takes the likeliest token, so top-p and top-k are not read; leave them out or raise the temperature',
    );
  const { temperature = 0, topP, topK, ...rest } = recommended;
  // Asked to sample among some tokens, a model that recommends no sampling is sampled as usual
  const base = temperature === 0 && narrows ? usualSampling : { temperature, ...limits({ topP, topK }) };
  const greedy = asked.temperature === 0;
  return {
    ...rest,
    ...(greedy ? {} : base),
    ...asked,
    ...(stop.length === 0 ? {} : { stop: { strings: stop, decode: (ids) => tokenizer.decode(ids) } }),
  };
}

function limits({ topP, topK }: { topP: number | undefined; topK: number | undefined }) {
  return { ...(topP !== undefined && { topP }), ...(topK !== undefined && { topK }) };
}
