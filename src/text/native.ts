// Loads the native tokenizer and sets right what the files say about it, as transformers does.
import { AddedToken, Tokenizer as NativeTokenizer } from 'tokenizers';
import { InputError } from '../core/index.ts';
import { type TokenizerFiles, tokenizerFile } from './tokenizer-files.ts';

/** Ids that a tokenizer puts around a text. */
export type Frame = { readonly prefix: readonly number[]; readonly suffix: readonly number[] };

/** @throws InputError if the library cannot use the file. */
export function loadNative(files: TokenizerFiles, source: string): NativeTokenizer {
  const native = parseNative(new TextDecoder().decode(files.files.get(tokenizerFile)), source);
  // A tokenizer.json may ask for truncation or padding of its own, which would silently cut texts.
  native.disableTruncation();
  native.disablePadding();
  const unknown = files.addedTokens.filter((token) => native.tokenToId(token.content) === null);
  for (const token of unknown) {
    native.addAddedTokens([
      new AddedToken(token.content, token.special, {
        singleWord: token.single_word,
        leftStrip: token.lstrip,
        rightStrip: token.rstrip,
        normalized: token.normalized,
      }),
    ]);
    checkAddedId(native, token, source);
  }
  const added = new Set(files.addedTokens.map((token) => token.content));
  const special = [...files.named.values()].filter((text) => !added.has(text));
  if (special.length > 0) native.addSpecialTokens(special);
  return native;
}

function parseNative(json: string, source: string): NativeTokenizer {
  // Trimmed offsets hide that a token swallowed a space, so a token across a boundary would go unseen.
  const untrimmed = json.replaceAll(/"trim_offsets"\s*:\s*true/g, '"trim_offsets":false');
  try {
    return NativeTokenizer.fromString(untrimmed);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      `Cannot use ${tokenizerFile} of '${source}': ${reason}; make it anew with save_pretrained`,
      {
        cause,
      },
    );
  }
}

function checkAddedId(
  native: NativeTokenizer,
  token: { readonly content: string; readonly id: number },
  source: string,
): void {
  const id = native.tokenToId(token.content);
  if (id === token.id) return;
  throw new InputError(
    `Cannot use the tokenizer of '${source}': tokenizer_config.json gives '${token.content}' the id ${token.id}, ` +
      `but ${tokenizerFile} makes it ${id}; save the tokenizer anew with transformers`,
  );
}

/** Learns from the library, and from `add_bos_token` and `add_eos_token`, what is put around a text. */
export async function probeFrame(native: NativeTokenizer, files: TokenizerFiles): Promise<Frame> {
  const { add_bos_token: addBos, add_eos_token: addEos } = files.config;
  if (typeof addBos === 'boolean' || typeof addEos === 'boolean') {
    const ids = (wanted: unknown, name: string): number[] => {
      const id = wanted === true ? native.tokenToId(files.named.get(name) ?? '') : null;
      return id === null ? [] : [id];
    };
    return { prefix: ids(addBos, 'bos_token'), suffix: ids(addEos, 'eos_token') };
  }
  const encoding = await native.encode('a', null, { addSpecialTokens: true });
  const ids = encoding.getIds();
  const mask = encoding.getSpecialTokensMask();
  const start = mask.indexOf(0);
  const end = mask.lastIndexOf(0) + 1;
  if (start < 0) return { prefix: [], suffix: [] };
  return { prefix: ids.slice(0, start), suffix: ids.slice(end) };
}
