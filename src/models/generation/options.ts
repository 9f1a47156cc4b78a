// What a caller of generation may say, with its defaults, checked.
import { InputError } from '../../core/index.ts';
import type { CausalModel } from '../model.ts';

/** How to generate. The defaults are greedy: the likeliest token each time. */
export type GenerationOptions = {
  /** New tokens at most, 256 by default; the model's longest sequence ends generation as well. */
  readonly maxNewTokens?: number;
  /** Divides the scores before sampling; 0, the default, takes the likeliest token. */
  readonly temperature?: number;
  /** Samples among this many likeliest tokens only. */
  readonly topK?: number;
  /** Samples among the fewest tokens whose probabilities sum to at least this. */
  readonly topP?: number;
  /** Divides the positive and multiplies the negative scores of all tokens so far (Keskar et al., 2019); 1 is none. */
  readonly repetitionPenalty?: number;
  /** Taken from the score of each token generated before, once. */
  readonly presencePenalty?: number;
  /** Taken from the score of each token generated before, for each time. */
  readonly frequencyPenalty?: number;
  /** Equal seeds give equal samples; 0 by default. Each prompt has a stream of its own, by its index. */
  readonly seed?: number;
  /** Tokens that end a text: the model's end-of-text tokens. */
  readonly stopTokens?: readonly number[];
  /** Strings that end a text; `decode` turns ids into the text in which they are looked for. */
  readonly stop?: {
    readonly strings: readonly string[];
    readonly decode: (ids: readonly number[]) => string;
  };
  /** Tells this many likeliest tokens with each token. */
  readonly alternatives?: number;
  /** Prompts that are worked on together, 16 by default. */
  readonly maxBatch?: number;
  /** Stops before the next token; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
};

/** {@link GenerationOptions} with nothing left open. */
export type GenerationSettings = Required<
  Omit<GenerationOptions, 'topK' | 'topP' | 'stop' | 'signal' | 'stopTokens'>
> & {
  /** Infinity when all tokens may be sampled. */
  readonly topK: number;
  readonly topP: number;
  readonly stopTokens: ReadonlySet<number>;
  readonly stop: GenerationOptions['stop'];
  readonly signal: AbortSignal | undefined;
};

type Rule = { readonly fits: (value: number) => boolean; readonly must: string };

const wholeFrom = (least: number): Rule => ({
  fits: (value) => Number.isInteger(value) && value >= least,
  must: `be an integer of at least ${least}`,
});

const rules = {
  maxNewTokens: wholeFrom(1),
  temperature: { fits: (value) => value >= 0 && Number.isFinite(value), must: 'be 0 or more' },
  topK: wholeFrom(1),
  topP: { fits: (value) => value > 0 && value <= 1, must: 'lie above 0 and be at most 1' },
  repetitionPenalty: { fits: (value) => value > 0 && Number.isFinite(value), must: 'be positive' },
  presencePenalty: { fits: Number.isFinite, must: 'be a number' },
  frequencyPenalty: { fits: Number.isFinite, must: 'be a number' },
  seed: { fits: Number.isSafeInteger, must: 'be an integer' },
  alternatives: wholeFrom(0),
  maxBatch: wholeFrom(1),
} as const satisfies Partial<Record<keyof GenerationOptions, Rule>>;

/** Fills in the defaults. Throws InputError for a value that makes no sense. */
export function generationSettings(options: GenerationOptions): GenerationSettings {
  for (const [name, rule] of Object.entries(rules)) {
    const value = options[name as keyof typeof rules];
    if (value !== undefined && !rule.fits(value))
      throw new InputError(`Cannot generate: '${name}' must ${rule.must}, current value is ${value}`);
  }
  if (options.stop?.strings.includes(''))
    throw new InputError('Cannot generate: a stop string is empty; leave it out');
  return {
    maxNewTokens: options.maxNewTokens ?? 256,
    temperature: options.temperature ?? 0,
    topK: options.topK ?? Number.POSITIVE_INFINITY,
    topP: options.topP ?? 1,
    repetitionPenalty: options.repetitionPenalty ?? 1,
    presencePenalty: options.presencePenalty ?? 0,
    frequencyPenalty: options.frequencyPenalty ?? 0,
    seed: options.seed ?? 0,
    stopTokens: new Set(options.stopTokens),
    stop: options.stop?.strings.length === 0 ? undefined : options.stop,
    alternatives: options.alternatives ?? 0,
    maxBatch: options.maxBatch ?? 16,
    signal: options.signal,
  };
}

/** Refuses prompts that the model cannot take, naming the first by its index. */
export function checkPrompts(
  model: Pick<CausalModel, 'maxLength' | 'vocabSize'>,
  prompts: readonly (readonly number[])[],
): void {
  prompts.forEach((prompt, i) => {
    const fail = (reason: string) => new InputError(`Cannot generate from prompt ${i}: ${reason}`);
    if (prompt.length === 0) throw fail('it holds no token; begin with the beginning-of-text token');
    if (prompt.length >= model.maxLength)
      throw fail(
        `it holds ${prompt.length} tokens, the model's longest sequence is ${model.maxLength} with the answer; shorten it`,
      );
    const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabSize);
    if (wrong !== undefined)
      throw fail(
        `token ${wrong} is not in the vocabulary of ${model.vocabSize}; use the model's own tokenizer`,
      );
  });
}
