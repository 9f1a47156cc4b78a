// Which tokens of a vocabulary may come next under a grammar.
import type { TokenConstraint } from '../engine/token-request.ts';
import { buildAutomaton } from './automaton.ts';
import type { Grammar } from './expression.ts';
import { Matcher, type Position } from './matcher.ts';
import { tokenBytes } from './token-bytes.ts';
import { type TokenTrie, tokenTrie } from './token-trie.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Bytes of masks that one grammar remembers. */
const maskMemory = 8 * 2 ** 20;

/** A grammar over the tokens of one model; its constraints share what they have found. */
export class TokenMatcher {
  readonly #matcher: Matcher;
  readonly #vocabulary: Vocabulary;
  readonly #trie: TokenTrie;
  readonly #bytesOf: (id: number) => Uint8Array | undefined;
  /** Positions with masks, oldest first. */
  readonly #masked: Position[] = [];

  constructor(vocabulary: Vocabulary, grammar: Grammar) {
    this.#vocabulary = vocabulary;
    this.#matcher = new Matcher(buildAutomaton(grammar));
    this.#trie = tokenTrie(vocabulary.tokenizer, vocabulary.vocabSize);
    this.#bytesOf = tokenBytes(vocabulary.tokenizer);
  }

  isStop(token: number): boolean {
    return this.#vocabulary.stopTokens.has(token);
  }

  /** A constraint for one text. */
  begin(): GrammarConstraint {
    return new GrammarConstraint(this, this.#matcher.start);
  }

  /** The position behind a token, or null where the grammar does not lead on with it. */
  step(from: Position, token: number): Position | null {
    const { automaton } = this.#matcher;
    const tokenClass = automaton.tokenClass.get(token);
    if (tokenClass !== undefined) return this.#matcher.step(from, tokenClass);
    const bytes = this.#bytesOf(token);
    if (bytes === undefined || bytes.length === 0) return null;
    let position: Position | null = from;
    for (const byte of bytes) {
      position = this.#matcher.step(position, automaton.byteClass[byte] as number);
      if (position === null) return null;
    }
    return position;
  }

  /** One bit for each token that may come next; stop tokens may where the text may end. */
  mask(position: Position): Uint32Array {
    if (position.mask !== undefined) return position.mask;
    const mask = new Uint32Array(Math.ceil(this.#vocabulary.vocabSize / 32));
    this.#markTokens(position, mask);
    for (const [token, tokenClass] of this.#matcher.automaton.tokenClass) {
      if (this.#matcher.step(position, tokenClass) !== null) allow(mask, token);
    }
    for (const token of this.#vocabulary.stopTokens) {
      if (position.isEnd) allow(mask, token);
      else if (!this.#matcher.automaton.tokenClass.has(token)) forbid(mask, token);
    }
    this.#remember(position, mask);
    return mask;
  }

  #markTokens(position: Position, mask: Uint32Array): void {
    const { nodeBytes, depths, skips, tokenStarts, tokens, deepest } = this.#trie;
    const { byteClass } = this.#matcher.automaton;
    const positions: Position[] = new Array(deepest + 1);
    positions[0] = position;
    for (let node = 0; node < nodeBytes.length; ) {
      const depth = depths[node] as number;
      const from = positions[depth - 1] as Position;
      const symbolClass = byteClass[nodeBytes[node] as number] as number;
      const next = from.next[symbolClass];
      const to = next === undefined ? this.#matcher.step(from, symbolClass) : next;
      if (to === null) {
        node = skips[node] as number;
        continue;
      }
      positions[depth] = to;
      const end = tokenStarts[node + 1] as number;
      for (let i = tokenStarts[node] as number; i < end; i++) allow(mask, tokens[i] as number);
      node++;
    }
  }

  #remember(position: Position, mask: Uint32Array): void {
    position.mask = mask;
    this.#masked.push(position);
    if (this.#masked.length * mask.byteLength <= maskMemory) return;
    const oldest = this.#masked.splice(0, Math.ceil(this.#masked.length / 2));
    for (const each of oldest) each.mask = undefined;
  }
}

function allow(mask: Uint32Array, token: number): void {
  mask[token >>> 5] = (mask[token >>> 5] as number) | (1 << (token & 31));
}

function forbid(mask: Uint32Array, token: number): void {
  mask[token >>> 5] = (mask[token >>> 5] as number) & ~(1 << (token & 31));
}

/** Holds one text to a grammar. */
export class GrammarConstraint implements TokenConstraint {
  readonly #tokens: TokenMatcher;
  #position: Position | null;

  constructor(tokens: TokenMatcher, start: Position) {
    this.#tokens = tokens;
    this.#position = start;
  }

  /** The text may end here. */
  get mayEnd(): boolean {
    return this.#position?.isEnd ?? true;
  }

  /** The text is whole: nothing may follow. */
  get isComplete(): boolean {
    return this.#position === null || (this.#position.isEnd && this.#position.places.length === 0);
  }

  mask(scores: Float32Array): void {
    // After the end, and where a model has no stop token to say it with, there is nothing left to choose
    if (this.#position === null) return;
    const mask = this.#tokens.mask(this.#position);
    // Where the vocabulary lacks the bytes to go on, whoever reads the answer finds a token that is not accepted
    if (mask.some((bits) => bits !== 0)) applyMask(scores, mask);
  }

  /** False for a token that may not come here: no other was to be had, or the constraint was not asked. */
  accept(token: number): boolean {
    if (this.#position === null) return false;
    const ends = this.#position.isEnd && this.#tokens.isStop(token);
    this.#position = this.#tokens.step(this.#position, token);
    return ends || this.#position !== null;
  }
}

function applyMask(scores: Float32Array, mask: Uint32Array): void {
  for (let word = 0; word < mask.length; word++) {
    const bits = mask[word] as number;
    if (bits === 0xffffffff) continue;
    const end = Math.min(scores.length, 32 * word + 32);
    if (bits === 0) scores.fill(Number.NEGATIVE_INFINITY, 32 * word, end);
    else
      for (let token = 32 * word; token < end; token++)
        if ((bits & (1 << (token & 31))) === 0) scores[token] = Number.NEGATIVE_INFINITY;
  }
}
