// The answers of a plain completion as OpenAI's clients see them.
import type { ScoredTextToken, TextFinish, TextToken } from '../../../serving/index.ts';

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
  return {
    tokens: tokens.map(nameOf),
    token_logprobs: tokens.map(({ logProb }) => logProb),
    top_logprobs: tokens.map((token) =>
      Object.fromEntries([...token.alternatives, token].map((one) => [nameOf(one), one.logProb])),
    ),
    text_offset: offsets(tokens, offset),
  };
}

/** A token's text; its bytes where they are no whole characters, for tokens must not share a name. */
function nameOf({ token, bytes }: TextToken): string {
  if (Buffer.from(token).equals(Buffer.from(bytes))) return token;
  return `bytes:${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
}

/** Where tokens begin, in characters; one in the middle of a character, at that character. */
function offsets(tokens: readonly TextToken[], offset: number): readonly number[] {
  const decoder = new TextDecoder();
  let next = offset;
  return tokens.map(({ bytes }) => {
    const at = next;
    next += decoder.decode(Buffer.from(bytes), { stream: true }).length;
    return at;
  });
}
