// Encodes plain text and plain prompt/completion pairs with their loss masks.
import { checkEncoded, type Encoded, type MaskOptions, requirePrefix } from './encoded.ts';
import { fault, locateAsync } from './locations.ts';
import type { Tokenizer, Tokens } from './tokenizer.ts';

/** How plain text is encoded. */
export type TextOptions = MaskOptions & {
  /** `append` ends the text with EOS, exactly once; `none` leaves its end as it is. Default: append. */
  readonly eos?: 'append' | 'none';
};

/** How a plain prompt and completion are joined. */
export type BoundaryOptions = TextOptions & {
  /**
   * `joint` encodes the whole text and refuses a token that spans the boundary or a prompt that would be encoded
   * otherwise alone; `separate` encodes both apart, as the reference DPO trainer does. Default: joint.
   */
  readonly boundary?: 'joint' | 'separate';
  /**
   * What frames the text: `tokenizer`, what the tokenizer adds, and EOS; `eos`, EOS at the end alone, as in the reference DPO
   * trainer. Default: tokenizer.
   */
  readonly frame?: 'tokenizer' | 'eos';
};

/**
 * Encodes text to be continued: every token is trained but the first.
 * @throws InputError if the text is too short to train on, holds special-token text or there is no EOS to append.
 */
export function encodeText(tokenizer: Tokenizer, text: string, options: TextOptions = {}): Promise<Encoded> {
  return locateAsync(options, async () => {
    if (text === '') throw fault('Cannot encode the example: the text is empty; leave it out', options);
    const bare = await tokenizer.encodeIds(text, plain(options));
    const ids = close(tokenizer, [...tokenizer.prefixIds, ...bare], options);
    const promptLength = tokenizer.prefixIds.length;
    return checkEncoded(tokenizer, { ids, promptLength, trained: ids.map((_, i) => i >= promptLength) });
  });
}

/** Encodes a plain prompt and its completion; see {@link encodeCompletion}. */
export function encodePlainCompletion(
  tokenizer: Tokenizer,
  pair: { readonly prompt: string; readonly completion: string },
  options: BoundaryOptions = {},
): Promise<Encoded> {
  return locateAsync(options, async () => {
    if (pair.completion === '')
      throw fault('Cannot encode the example: the completion is empty; leave it out', options);
    const parts = options.boundary === 'separate' ? encodeApart : encodeJointly;
    const [prompt, completion] = await parts(tokenizer, pair, options);
    const prefix = options.frame === 'eos' ? [] : tokenizer.prefixIds;
    const promptLength = prefix.length + prompt.length;
    const ids = close(tokenizer, [...prefix, ...prompt, ...completion], options);
    return checkEncoded(tokenizer, { ids, promptLength, trained: ids.map((_, i) => i >= promptLength) });
  });
}

type Pair = { readonly prompt: string; readonly completion: string };
type Parts = readonly [prompt: readonly number[], completion: readonly number[]];

function encodeApart(tokenizer: Tokenizer, pair: Pair, options: MaskOptions): Promise<Parts> {
  return Promise.all([
    tokenizer.encodeIds(pair.prompt, plain(options)),
    tokenizer.encodeIds(pair.completion, plain(options)),
  ]);
}

async function encodeJointly(tokenizer: Tokenizer, pair: Pair, options: MaskOptions): Promise<Parts> {
  const text = pair.prompt + pair.completion;
  const [whole, alone] = await Promise.all([
    tokenizer.encodeIds(text, plain(options)),
    tokenizer.encodeIds(pair.prompt, plain(options)),
  ]);
  // Equal tokens stand for equal text, but for unknown ones; only then and for the error are offsets worth their time.
  const unknown = tokenizer.unkTokenId !== null && whole.includes(tokenizer.unkTokenId);
  if (unknown || alone.some((id, i) => whole[i] !== id)) {
    const cut = splitAt(text, await tokenizer.encode(text, plain(options)), pair.prompt.length);
    requirePrefix(tokenizer, alone, whole.slice(0, cut), boundaryRemedy);
    requirePrefix(tokenizer, whole.slice(0, cut), alone, boundaryRemedy);
  }
  return [alone, whole.slice(alone.length)];
}

const boundaryRemedy =
  "move white space from the prompt's end to the completion's start, or set boundary: 'separate'";

/** Index of the first token at or after `boundary`. */
function splitAt(text: string, whole: Tokens, boundary: number): number {
  const found = whole.offsets.findIndex(([, end]) => end > boundary);
  const cut = found < 0 ? whole.ids.length : found;
  const [start = boundary, end] = whole.offsets[cut] ?? [];
  if (start >= boundary) return cut;
  const token = JSON.stringify(text.slice(start, end));
  throw fault(
    `Cannot encode the example: the token ${token} spans the boundary between prompt and completion; ` +
      boundaryRemedy,
    {},
  );
}

function plain(options: MaskOptions) {
  return { addSpecialTokens: false, allowSpecialText: options.allowSpecialText ?? false };
}

/** Adds what the tokenizer puts after a text, and EOS if it is not there. */
function close(tokenizer: Tokenizer, ids: readonly number[], options: BoundaryOptions): number[] {
  if (options.eos === 'none') return [...ids];
  const eos = tokenizer.eosTokenId;
  if (eos === null) {
    throw fault(
      'Cannot end the example: the tokenizer names no EOS token, so the model would never stop; ' +
        "name eos_token in tokenizer_config.json, or set eos: 'none'",
      options,
    );
  }
  const ended = tokenizer.eosTokenIds.includes(ids.at(-1) ?? -1);
  const repeats = ended && tokenizer.suffixIds[0] === ids.at(-1);
  const closed = repeats || options.frame === 'eos' ? ids : [...ids, ...tokenizer.suffixIds];
  return tokenizer.eosTokenIds.includes(closed.at(-1) ?? -1) ? [...closed] : [...closed, eos];
}
