// Turns ids into text as they are generated, holding back characters that are not whole yet.
import type { Tokenizer } from './tokenizer.ts';

const replacement = '\ufffd';
/** A character has at most four bytes, so after this many tokens its bytes are broken, not missing. */
const longestWait = 8;

/**
 * Incremental decoder: the pieces returned by {@link TextStream.push} and {@link TextStream.flush}, joined, are the text
 * of all ids.
 */
export class TextStream {
  readonly #tokenizer: Tokenizer;
  readonly #options: { readonly skipSpecialTokens: boolean };
  /** Ids that give the decoder its context; the text of the first `#printed` of them is out. */
  #window: number[] = [];
  #printed = 0;

  constructor(tokenizer: Tokenizer, options: { readonly skipSpecialTokens?: boolean } = {}) {
    this.#tokenizer = tokenizer;
    this.#options = { skipSpecialTokens: options.skipSpecialTokens ?? true };
  }

  /** Takes the next id; returns the text that is ready to print, often one token late for rare characters. */
  push(id: number): string {
    this.#window.push(id);
    const text = this.#tokenizer.decode(this.#window, this.#options);
    const waiting = this.#window.length - this.#printed;
    return text.endsWith(replacement) && waiting < longestWait ? '' : this.#emit(text);
  }

  /** What is still held back; call it after the last id. */
  flush(): string {
    const rest = this.#emit(this.#tokenizer.decode(this.#window, this.#options));
    this.#window = [];
    this.#printed = 0;
    return rest;
  }

  #emit(text: string): string {
    const before = this.#tokenizer.decode(this.#window.slice(0, this.#printed), this.#options);
    // Ids without text (special ones) give no context: some decoders strip the first space of what they see.
    if (text.length > before.length) this.#window = this.#window.slice(this.#printed);
    this.#printed = this.#window.length;
    return text.slice(before.length);
  }
}
