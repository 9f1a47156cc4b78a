// Finds the text of special tokens inside ordinary text, where it would turn into control tokens.
import { InputError } from '../core/index.ts';

/** A special token's text found in a text; `index` counts UTF-16 units. */
export type SpecialText = { readonly token: string; readonly index: number };

/** Looks for any of a fixed set of token texts. */
export class SpecialTextFinder {
  readonly #pattern: RegExp | undefined;

  constructor(tokens: Iterable<string>) {
    // Longest first, so that the token named is the one that the tokenizer would match.
    const sorted = [...tokens].filter((token) => token !== '').sort((a, b) => b.length - a.length);
    this.#pattern = sorted.length === 0 ? undefined : new RegExp(sorted.map(escapePattern).join('|'));
  }

  /** The first special token in `text`, or undefined. */
  find(text: string): SpecialText | undefined {
    const match = this.#pattern?.exec(text);
    return match ? { token: match[0], index: match.index } : undefined;
  }

  /**
   * Refuses text that holds a special token.
   * @param what how the error names the text, for example `the prompt`.
   * @throws InputError naming the token and where it stands.
   */
  refuse(text: string, what: string): void {
    const found = this.find(text);
    if (found === undefined) return;
    throw new InputError(
      `Cannot encode ${what}: it holds the text of the special token '${found.token}' at character ${found.index}, ` +
        'which would become a control token; remove it, or allow it with allowSpecialText',
    );
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
