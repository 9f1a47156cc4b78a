// A vocabulary as a tree over bytes, laid out so that one pass over an array visits it.
import { InputError } from '../../core/index.ts';
import type { Tokenizer } from '../../text/index.ts';
import { tokenBytes } from './token-bytes.ts';

/** Nodes in depth-first order; the root is not among them. */
export type TokenTrie = {
  /** Number of scores, and of the bits of a mask. */
  readonly vocabSize: number;
  readonly nodeBytes: Uint8Array;
  /** 1 for the first byte of tokens. */
  readonly depths: Uint16Array;
  /** The node behind all that lie below this one. */
  readonly skips: Uint32Array;
  /** Tokens that end at node i: `tokens` from `tokenStarts[i]` to `tokenStarts[i + 1]`. */
  readonly tokenStarts: Uint32Array;
  readonly tokens: Uint32Array;
  readonly deepest: number;
};

const known = new WeakMap<Tokenizer, Map<number, TokenTrie>>();

/** The tree of a tokenizer, built once. Tokens without bytes are not in it. */
export function tokenTrie(tokenizer: Tokenizer, vocabSize: number): TokenTrie {
  const bySize = known.get(tokenizer) ?? new Map<number, TokenTrie>();
  known.set(tokenizer, bySize);
  const trie = bySize.get(vocabSize) ?? buildTrie(tokenizer, vocabSize);
  bySize.set(vocabSize, trie);
  return trie;
}

/** A token with its bytes as letters U+0000 to U+00FF: strings are compared faster. */
type Word = { readonly bytes: string; readonly id: number };

function buildTrie(tokenizer: Tokenizer, vocabSize: number): TokenTrie {
  const bytesOf = tokenBytes(tokenizer);
  const words: Word[] = [];
  for (let id = 0; id < Math.min(vocabSize, tokenizer.vocabSize); id++) {
    const bytes = bytesOf(id);
    if (bytes !== undefined && bytes.length > 0)
      words.push({ bytes: Buffer.from(bytes).toString('latin1'), id });
  }
  if (words.length === 0)
    throw new InputError('Cannot constrain the answers of this model: its tokenizer has no tokens of text');
  words.sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : a.id - b.id));
  return layOut(words, vocabSize);
}

/** Sorted words lie as a depth-first walk meets them. */
function layOut(words: readonly Word[], vocabSize: number): TokenTrie {
  const nodeBytes: number[] = [];
  const depths: number[] = [];
  const tokenStarts: number[] = [];
  const open: number[] = [];
  const skips: number[] = [];
  let before = '';
  for (const [at, { bytes }] of words.entries()) {
    let shared = 0;
    while (shared < before.length && before[shared] === bytes[shared]) shared++;
    for (const node of open.splice(shared)) skips[node] = nodeBytes.length;
    for (let i = shared; i < bytes.length; i++) {
      open.push(nodeBytes.length);
      nodeBytes.push(bytes.charCodeAt(i));
      depths.push(i + 1);
      // All nodes of a word but the last begin where the last one does, so that no token ends at them
      tokenStarts.push(at);
    }
    before = bytes;
  }
  for (const node of open) skips[node] = nodeBytes.length;
  return {
    vocabSize,
    nodeBytes: Uint8Array.from(nodeBytes),
    depths: Uint16Array.from(depths),
    skips: Uint32Array.from(skips),
    tokenStarts: Uint32Array.from([...tokenStarts, words.length]),
    tokens: Uint32Array.from(words, ({ id }) => id),
    deepest: depths.reduce((most, depth) => Math.max(most, depth), 0),
  };
}
