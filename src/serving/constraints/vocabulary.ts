// The words of a model, as far as constraints need them.
import type { Tokenizer } from '../../text/index.ts';

/** A tokenizer, the number of scores that its model gives, and the tokens that end a text. */
export type Vocabulary = {
  readonly tokenizer: Tokenizer;
  readonly vocabSize: number;
  readonly stopTokens: ReadonlySet<number>;
};
