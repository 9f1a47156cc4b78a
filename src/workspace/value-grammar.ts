// The grammar of values on the command line, as Hydra's: plain words and numbers, quoted strings, [lists] and {mappings}.

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is about the configuration's own ${...}
import { InputError } from '../core/index.ts';

/** A value that the grammar can say. */
export type GrammarValue =
  | string
  | number
  | boolean
  | null
  | GrammarValue[]
  | { [key: string]: GrammarValue };

/**
 * Parses one value. `null`, `true`, `false` (in any case) and numbers have their types unless quoted; `\` escapes a character that
 * would end a word; `${...}` is kept for later. Throws InputError with the fault's column and the way to quote.
 */
export function parseValue(text: string): GrammarValue {
  const reader = new ValueReader(text);
  const value = reader.value('');
  reader.end();
  return value;
}

/** The type of an unquoted word, as YAML 1.2 and Hydra have it. */
export function typedWord(word: string): string | number | boolean | null {
  if (/^null$/i.test(word)) return null;
  if (/^true$/i.test(word)) return true;
  if (/^false$/i.test(word)) return false;
  if (/^[+-]?(0|[1-9](_?\d)*)$/.test(word)) return exactInteger(word);
  if (/^[+-]?((\d(_?\d)*)?\.\d(_?\d)*|\d(_?\d)*\.)(e[+-]?\d+)?$|^[+-]?\d(_?\d)*e[+-]?\d+$/i.test(word)) {
    return Number(word.replaceAll('_', ''));
  }
  if (/^[+-]?inf$/i.test(word)) return word.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(word) ? NaN : word;
}

/** Whether a number is the integer that its digits say, not one rounded to fit. */
export function isExactInteger(value: number, digits: string): boolean {
  return Number.isSafeInteger(value) || String(value) === digits.replace(/^\+/, '');
}

function exactInteger(word: string): number {
  const digits = word.replaceAll('_', '');
  const value = Number(digits);
  if (isExactInteger(value, digits)) return value;
  throw new InputError(
    `${word} is beyond the integers that a number holds exactly; quote it or make it smaller`,
  );
}

const special = new Set(['[', ']', '{', '}', '(', ')', ',', "'", '"']);
const escapable = new Set(['\\', '(', ')', '[', ']', '{', '}', ':', '=', ',', ' ', '\t', "'", '"']);

class ValueReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @param closing the character that ends the enclosing list or mapping, '' at the top */
  value(closing: string): GrammarValue {
    this.#skipSpace();
    const next = this.#peek();
    if (next === '[') return this.#list();
    if (next === '{') return this.#mapping();
    if (next === "'" || next === '"') return this.#quoted();
    const word = this.#word(false);
    if (word.text === '' && closing !== '')
      throw this.#fault(`a value is missing before '${this.#peek() || 'the end'}'`);
    return word.literal ? word.text : typedWord(word.text);
  }

  end(): void {
    this.#skipSpace();
    const next = this.#peek();
    if (next === '') return;
    if (next === ',') {
      const listed = `[${this.#text}]`;
      throw this.#fault(
        `several values need brackets (${listed}), one value with a comma needs quotes ('${this.#text}')`,
      );
    }
    throw this.#fault(`'${next}' is unexpected; put the value in quotes`);
  }

  #list(): GrammarValue[] {
    this.#at += 1;
    const items: GrammarValue[] = [];
    this.#skipSpace();
    if (this.#take(']')) return items;
    do items.push(this.value(']'));
    while (this.#separator(']'));
    return items;
  }

  #mapping(): { [key: string]: GrammarValue } {
    this.#at += 1;
    const entries = new Map<string, GrammarValue>();
    this.#skipSpace();
    if (this.#take('}')) return {};
    do {
      const key = this.#key();
      if (entries.has(key)) throw this.#fault(`key '${key}' stands twice`);
      entries.set(key, this.value('}'));
    } while (this.#separator('}'));
    return Object.fromEntries(entries);
  }

  #key(): string {
    this.#skipSpace();
    const next = this.#peek();
    const key = next === "'" || next === '"' ? this.#quoted() : this.#word(true).text;
    this.#skipSpace();
    if (key === '' || !this.#take(':'))
      throw this.#fault("a mapping is written {key: value}; ':' or the key is missing");
    return key;
  }

  #separator(closing: string): boolean {
    this.#skipSpace();
    if (this.#take(',')) return true;
    if (this.#take(closing)) return false;
    throw this.#fault(
      this.#peek() === ''
        ? `'${closing}' is missing`
        : `'${this.#peek()}' is unexpected; put the value in quotes`,
    );
  }

  /** Up to the quote that opened it. Backslashes count only before a quote: `\'` is a quote, `\\'` a backslash and the end. */
  #quoted(): string {
    const quote = this.#peek();
    this.#at += 1;
    let result = '';
    for (;;) {
      const run = /^\\*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
      this.#at += run;
      const next = this.#peek();
      if (next === '') throw this.#fault(`the closing ${quote} is missing`);
      this.#at += 1;
      if (next !== quote) {
        result += '\\'.repeat(run) + next;
        continue;
      }
      result += '\\'.repeat(Math.floor(run / 2));
      if (run % 2 === 0) return result;
      result += quote;
    }
  }

  /** An unquoted word without the spaces around it; an escape in it makes it a literal string. */
  #word(isKey: boolean): { readonly text: string; readonly literal: boolean } {
    let result = '';
    let kept = 0;
    let literal = false;
    for (let next = this.#peek(); next !== ''; next = this.#peek()) {
      const following = this.#text[this.#at + 1] ?? '';
      if (next === '$' && following === '{') {
        result += this.#interpolation();
        kept = result.length;
        continue;
      }
      if (next === '\\' && escapable.has(following)) {
        result += following;
        kept = result.length;
        literal = true;
        this.#at += 2;
        continue;
      }
      if (next === '\\' && following === '$') {
        // The interpolation's own escape: kept for it.
        result += '\\$';
        this.#at += 2;
        if (this.#peek() === '{') result += this.#braces();
        kept = result.length;
        continue;
      }
      if (special.has(next) || (isKey && next === ':')) break;
      result += next;
      if (next !== ' ' && next !== '\t') kept = result.length;
      this.#at += 1;
    }
    return { text: result.slice(0, kept), literal };
  }

  #interpolation(): string {
    this.#at += 1;
    return `$${this.#braces()}`;
  }

  /** `{...}` with everything in it, braces balanced. */
  #braces(): string {
    const start = this.#at;
    let depth = 0;
    do {
      const next = this.#peek();
      if (next === '') throw this.#fault("the closing '}' of ${...} is missing");
      if (next === '{') depth += 1;
      if (next === '}') depth -= 1;
      this.#at += 1;
    } while (depth > 0);
    return this.#text.slice(start, this.#at);
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#at += 1;
  }

  #fault(message: string): InputError {
    return new InputError(`at column ${this.#at + 1} of ${JSON.stringify(this.#text)}, ${message}`);
  }
}
