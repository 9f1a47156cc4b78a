// The answers of a plain completion as OpenAI's clients see them.
import type { ScoredTextToken, TextFinish } from '../../../serving/index.ts';

export type TextPiece = {
  readonly text: string;
  readonly tokens: readonly ScoredTextToken[];
  /** Null while there is more to come. */
  readonly reason: TextFinish | null;
};

/** @param offset of the piece's text in its answer, in characters; undefined where no log-probabilities are asked for */
export function choiceObject({ text, tokens, reason }: TextPiece, index: number, offset: number | undefined) {
  return {
    text,
    index,
    logprobs: offset === undefined ? null : logprobsObject(tokens, offset),
    finish_reason: reason,
  };
}

function logprobsObject(tokens: readonly ScoredTextToken[], offset: number) {
  let next = offset;
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logProb }) => logProb),
    top_logprobs: tokens.map(({ alternatives }) =>
      Object.fromEntries(alternatives.map(({ token, logProb }) => [token, logProb])),
    ),
    text_offset: tokens.map(({ token }) => {
      const at = next;
      next += token.length;
      return at;
    }),
  };
}
