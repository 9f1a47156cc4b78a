// What is asked of a loaded model and what it tells, as token ids.
import type { AdapterHandle } from './slot-runner.ts';

/** How the next token is chosen; the same meaning as in the generation of `models`. */
export type Sampling = {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  readonly topP: number;
  /** Infinity: all tokens. */
  readonly topK: number;
  /** Divides the positive and multiplies the negative scores of all tokens so far, the prompt's too; 1, the default, is none. */
  readonly repetitionPenalty?: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Added to the scores of tokens; -100 and below bans, 100 and above forces. */
  readonly logitBias: ReadonlyMap<number, number>;
  /** Equal seeds give equal samples, whatever else is being answered. */
  readonly seed: number;
};

/** Says which tokens may come next: constrained decoding. One for each text, moved on by each token. */
export interface TokenConstraint {
  /** Sets the scores of all tokens that may not come next to -Infinity. */
  mask(scores: Float32Array): void;
  /** Moves on by a token that was chosen. */
  accept(token: number): void;
}

/** One text to write. */
export type TokenRequest = {
  readonly prompt: readonly number[];
  readonly adapter?: AdapterHandle;
  readonly maxNewTokens: number;
  readonly stopTokens: ReadonlySet<number>;
  readonly sampling: Sampling;
  /** Tells this many likeliest tokens with each token, under the model as it is. */
  readonly alternatives: number;
  readonly constraint?: TokenConstraint;
  /** Stops before the next token; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
};

/** A token and its log-probability under the model as it is, before penalties and temperature. */
export type ScoredToken = { readonly token: number; readonly logProb: number };

/** One token of a text; the last one has `finish`. A stop token is told too, as the last. */
export type TokenEvent = ScoredToken & {
  readonly alternatives: readonly ScoredToken[];
  readonly finish?: 'stop-token' | 'length' | 'context';
};

/** What a text has cost so far; of use after its last event. */
export type TokenUsage = {
  readonly promptTokens: number;
  /** Of these, so many were found in the prefix cache. */
  readonly cachedTokens: number;
  readonly newTokens: number;
};
