// Ids with their loss mask, and the checks that every encoded example must pass.
import { InputError } from '../core/index.ts';
import type { Located } from './locations.ts';
import type { Tokenizer } from './tokenizer.ts';

/** An example as the model sees it. */
export type Encoded = {
  readonly ids: readonly number[];
  /** `trained[i]` says that token i is a target of the loss. The first token never is: nothing predicts it. */
  readonly trained: readonly boolean[];
  /** Number of tokens before the first answer, its generation prompt included. */
  readonly promptLength: number;
};

/** Options of every function that encodes an example. */
export type MaskOptions = Located & {
  /** Lets the text of special tokens become control tokens; otherwise it is refused. Default: false. */
  readonly allowSpecialText?: boolean;
};

/** The checked example: one BOS, one EOS, at least one trained token. */
export function checkEncoded(
  tokenizer: Tokenizer,
  example: { readonly ids: readonly number[]; readonly trained: boolean[]; readonly promptLength: number },
): Encoded {
  const { ids, trained, promptLength } = example;
  refuseDoubleBos(tokenizer, ids);
  refuseDoubleEos(tokenizer, ids);
  trained[0] = false;
  if (!trained.includes(true)) {
    throw new InputError(
      'Cannot encode the example: no token would be trained; give it an answer or leave it out',
    );
  }
  return { ids, trained, promptLength };
}

function refuseDoubleBos(tokenizer: Tokenizer, ids: readonly number[]): void {
  const bos = tokenizer.bosTokenId;
  if (bos === null || ids[0] !== bos || ids[1] !== bos) return;
  throw new InputError(
    `Cannot encode the example: it starts with ${tokenizer.bosToken} twice; remove the token from the text, since the ` +
      'tokenizer adds it, or from the chat template',
  );
}

function refuseDoubleEos(tokenizer: Tokenizer, ids: readonly number[]): void {
  const last = ids.at(-1);
  if (last === undefined || ids.at(-2) !== last || !tokenizer.eosTokenIds.includes(last)) return;
  throw new InputError(
    `Cannot encode the example: it ends with ${tokenizer.idToToken(last)} twice; remove the token from the text`,
  );
}

/** Checks that `prompt` is how `full` begins, so that a trained model sees at work what it saw in training. */
export function requirePrefix(
  tokenizer: Tokenizer,
  prompt: readonly number[],
  full: readonly number[],
  remedy: string,
): void {
  const at = prompt.findIndex((id, i) => full[i] !== id);
  if (at < 0) return;
  throw new InputError(
    'Cannot encode the example: the tokens of the prompt alone are not how the whole begins; they first differ at ' +
      `token ${at}: ${showToken(tokenizer, prompt[at])} in the prompt alone, ${showToken(tokenizer, full[at])} in the ` +
      `whole; ${remedy}`,
  );
}

/** A token for an error message: its text and id. */
export function showToken(tokenizer: Tokenizer, id: number | undefined): string {
  if (id === undefined) return 'nothing';
  return `${JSON.stringify(tokenizer.decode([id], { skipSpecialTokens: false }))} (${id})`;
}
