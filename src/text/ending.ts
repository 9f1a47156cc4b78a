// An answer must end with a token at which generation stops, or the model learns never to stop.
import type { MaskOptions } from './encoded.ts';
import { fault } from './locations.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What {@link requireEnding} looks at and, for `eos: 'append'`, adds to. */
export type Answers = {
  readonly ids: number[];
  readonly trained: boolean[];
  /** First token and end (exclusive) of every answer. */
  readonly ranges: readonly (readonly [first: number, after: number])[];
};

/**
 * Checks that each answer ends with a special token (white space may follow), once.
 * @throws InputError if one does not and `eos` is `require`, or if EOS ends an answer twice.
 */
export function requireEnding(
  tokenizer: Tokenizer,
  answers: Answers,
  options: MaskOptions & { readonly eos?: 'require' | 'append' | 'none' },
): void {
  const { ids, trained, ranges } = answers;
  for (const [first, after] of ranges) {
    const end = lastWord(tokenizer, ids, first, after);
    const id = ids[end];
    if (id !== undefined && end >= first && isEnd(tokenizer, id)) {
      refuseRepeated(tokenizer, ids, end, options);
    } else if (options.eos === undefined || options.eos === 'require') {
      throw fault(
        'Cannot train on the answer: the chat template does not end it with a special token, so the model would never ' +
          "stop; add eos_token to the template (inside its {% generation %} marks), or set eos: 'append'",
        options,
      );
    }
  }
  if (options.eos === 'append') appendEos(tokenizer, { ids, trained, ranges }, options);
}

function appendEos(tokenizer: Tokenizer, answers: Answers, options: MaskOptions): void {
  const { ids, trained, ranges } = answers;
  const [first, after] = ranges.at(-1) ?? [0, 0];
  const last = ids[lastWord(tokenizer, ids, first, after)];
  if (after !== ids.length || (last !== undefined && isEnd(tokenizer, last))) return;
  if (tokenizer.eosTokenId === null) {
    throw fault(
      'Cannot append EOS: the tokenizer names none; name eos_token in tokenizer_config.json',
      options,
    );
  }
  ids.push(tokenizer.eosTokenId);
  trained.push(true);
}

/** Index of the last token of a range that is more than white space. */
function lastWord(tokenizer: Tokenizer, ids: readonly number[], first: number, after: number): number {
  let i = after - 1;
  while (i > first && tokenizer.decode(ids.slice(i, i + 1), { skipSpecialTokens: false }).trim() === '') i--;
  return i;
}

function refuseRepeated(
  tokenizer: Tokenizer,
  ids: readonly number[],
  end: number,
  options: MaskOptions,
): void {
  const id = ids[end];
  if (id === undefined || ids[end - 1] !== id || !tokenizer.eosTokenIds.includes(id)) return;
  throw fault(
    `Cannot train on the answer: it ends with ${tokenizer.idToToken(id)} twice; remove the token from the answer, since ` +
      'the chat template adds it',
    options,
  );
}

function isEnd(tokenizer: Tokenizer, id: number): boolean {
  return tokenizer.isSpecial(id) || tokenizer.eosTokenIds.includes(id);
}
