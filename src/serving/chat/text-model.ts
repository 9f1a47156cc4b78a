// What chat needs of a loaded model: its words, its limits and a stream of tokens.
import type { Tokenizer } from '../../text/index.ts';
import type { Sampling, TokenEvent, TokenRequest, TokenUsage } from '../engine/token-request.ts';

/** The tokens of one text as they are written. Leaving the loop early stops the writing. */
export type TokenStream = AsyncIterable<TokenEvent> & { readonly usage: TokenUsage };

/** A loaded model that writes text. */
export interface TextModel {
  readonly tokenizer: Tokenizer;
  /** Number of scores for each next token; may be larger than the tokenizer's vocabulary. */
  readonly vocabSize: number;
  /** The longest sequence, prompt and answer together, in tokens. */
  readonly maxLength: number;
  /** Tokens that end an answer. */
  readonly stopTokens: ReadonlySet<number>;
  /** Sampling where a request leaves it open; what this leaves open too is temperature 1 among all tokens. */
  readonly recommended: Partial<Pick<Sampling, 'temperature' | 'topP' | 'topK' | 'repetitionPenalty'>>;
  generate(request: TokenRequest): TokenStream;
}
