// Regular expressions of RLIKE: the part of the usual syntax that can be matched in time linear in the text.
// No look-around and no back-references: those are what makes matching explode, and the databases disagree on them.
import { InputError } from '../../core/index.ts';

/** A class escape: digits, word characters, blanks, or all but those. */
export type CharacterClass = 'd' | 'w' | 's' | 'D' | 'W' | 'S';
/** A member of a set: code points from..to, or a class. */
export type SetItem = { readonly from: number; readonly to: number } | { readonly class: CharacterClass };
/** Where a pattern may hold without taking a character. */
export type Assertion = 'start' | 'end' | 'boundary' | 'notBoundary';

/** The syntax tree of a pattern. `max` is undefined without an upper bound. */
export type PatternNode =
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly negated: boolean; readonly items: readonly SetItem[] }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | {
      readonly kind: 'repeat';
      readonly part: PatternNode;
      readonly min: number;
      readonly max: number | undefined;
    };

/** A parsed pattern; `ignoreCase` when it begins with `(?i)`. */
export type Pattern = { readonly root: PatternNode; readonly ignoreCase: boolean };

const MAX_LENGTH = 1000;
const MAX_DEPTH = 32;
/** Characters, once every counted repetition is written out. */
const MAX_SIZE = 5000;
/** The most that PostgreSQL counts to. */
const MAX_COUNT = 255;
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11 };
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  b: 'boundary',
  B: 'notBoundary',
  A: 'start',
  Z: 'end',
};

/** @throws InputError when RLIKE does not take the pattern. */
export function checkPattern(source: string): void {
  parsePattern(source);
}

/**
 * The tree of a pattern: literals, `.` (any character), `[...]`, `\d \w \s \b`, `^ $`, groups, `|`, `* + ? {m,n}`, `(?i)` in front.
 * @throws InputError when it is ill-formed, too large or needs more than that.
 */
export function parsePattern(source: string): Pattern {
  if (source.length > MAX_LENGTH) {
    throw new InputError(
      `Shorten the RLIKE pattern: it has ${source.length} characters, and ${MAX_LENGTH} are allowed`,
    );
  }
  const ignoreCase = source.startsWith('(?i)');
  const root = new PatternParser(ignoreCase ? source.slice(4) : source).parse();
  if (sizeOf(root) > MAX_SIZE) throw refused(source, 'its repetitions make it too large');
  return { root, ignoreCase };
}

function sizeOf(node: PatternNode): number {
  if (node.kind === 'sequence' || node.kind === 'choice') {
    return node.parts.reduce((sum, part) => sum + sizeOf(part), 1);
  }
  if (node.kind === 'repeat') return sizeOf(node.part) * Math.max(node.min, node.max ?? node.min + 1, 1) + 1;
  return 1;
}

function refused(source: string, reason: string): InputError {
  return new InputError(`Correct the RLIKE pattern '${source}': ${reason}`);
}

class PatternParser {
  readonly #source: string;
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#characters = Array.from(source);
  }

  parse(): PatternNode {
    const root = this.#choice();
    if (this.#at < this.#characters.length) throw refused(this.#source, "a ')' closes nothing");
    return root;
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#characters.length && this.#peek() !== '|' && this.#peek() !== ')') {
      parts.push(this.#repeated());
    }
    return { kind: 'sequence', parts };
  }

  #repeated(): PatternNode {
    const part = this.#atom();
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    if (part.kind === 'assertion' || (part.kind === 'sequence' && part.parts.length === 0))
      throw refused(this.#source, 'a quantifier repeats nothing');
    this.#take('?');
    if (this.#bounds() !== undefined) throw refused(this.#source, 'a quantifier follows a quantifier');
    return { kind: 'repeat', part, ...bounds };
  }

  #bounds(): { min: number; max: number | undefined } | undefined {
    if (this.#take('*')) return { min: 0, max: undefined };
    if (this.#take('+')) return { min: 1, max: undefined };
    if (this.#take('?')) return { min: 0, max: 1 };
    const rest = this.#characters.slice(this.#at, this.#at + 15).join('');
    const counted = /^\{(\d{1,6})(,?)(\d{0,6})\}/.exec(rest);
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === '' ? min : counted[3] === '' ? undefined : Number(counted[3]);
    if (Math.max(min, max ?? 0) > MAX_COUNT || (max ?? min) < min) {
      throw refused(this.#source, `a repetition counts from least to most, up to ${MAX_COUNT}`);
    }
    return { min, max };
  }

  #atom(): PatternNode {
    const character = this.#next();
    if (character === '.') return { kind: 'any' };
    if (character === '^') return { kind: 'assertion', assertion: 'start' };
    if (character === '$') return { kind: 'assertion', assertion: 'end' };
    if (character === '(') return this.#group();
    if (character === '[') return this.#set();
    if (character === '\\') return this.#escape();
    if ('*+?'.includes(character)) throw refused(this.#source, 'a quantifier repeats nothing');
    return literal(character);
  }

  #group(): PatternNode {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw refused(this.#source, `its groups nest deeper than ${MAX_DEPTH}`);
    if (this.#take('?') && !this.#take(':')) {
      throw refused(this.#source, 'look-around, named groups and flags inside it are not supported');
    }
    const node = this.#choice();
    if (!this.#take(')')) throw refused(this.#source, "a '(' is not closed");
    this.#depth -= 1;
    return node;
  }

  #escape(): PatternNode {
    const character = this.#next();
    const assertion = Object.hasOwn(ASSERTIONS, character) ? ASSERTIONS[character] : undefined;
    if (assertion !== undefined) return { kind: 'assertion', assertion };
    return { kind: 'set', negated: false, items: [this.#escaped(character)] };
  }

  /** An escape as a member of a set. */
  #escaped(character: string): SetItem {
    if (isClass(character)) return { class: character };
    if (Object.hasOwn(CONTROLS, character)) return point(CONTROLS[character] ?? 0);
    if (/[\p{L}\p{N}]/u.test(character)) {
      throw refused(this.#source, `the escape \\${character} is not supported`);
    }
    return point(character.codePointAt(0) ?? 0);
  }

  #set(): PatternNode {
    const negated = this.#take('^');
    const items: SetItem[] = [];
    do items.push(this.#setItem());
    while (!this.#take(']'));
    return { kind: 'set', negated, items };
  }

  #setItem(): SetItem {
    const first = this.#setMember();
    const isRange = this.#peek() === '-' && this.#characters[this.#at + 1] !== ']';
    if (!isRange || !('from' in first)) return first;
    this.#at += 1;
    const last = this.#setMember();
    if (!('from' in last) || last.from < first.from)
      throw refused(this.#source, 'a range in [...] runs backwards');
    return { from: first.from, to: last.from };
  }

  #setMember(): SetItem {
    const character = this.#next();
    if (character !== '\\') return point(character.codePointAt(0) ?? 0);
    const item = this.#escaped(this.#next());
    // PostgreSQL takes those in a set from version 14 only.
    if ('class' in item && /[DWS]/.test(item.class)) {
      throw refused(this.#source, `\\${item.class} in [...] is not supported`);
    }
    return item;
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#peek();
    if (character === undefined) throw refused(this.#source, 'it ends too early');
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function isClass(character: string): character is CharacterClass {
  return character.length === 1 && 'dwsDWS'.includes(character);
}

function point(code: number): SetItem {
  return { from: code, to: code };
}

function literal(character: string): PatternNode {
  return { kind: 'set', negated: false, items: [point(character.codePointAt(0) ?? 0)] };
}
