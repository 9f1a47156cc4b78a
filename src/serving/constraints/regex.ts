// Regular expressions as expressions: what ECMA-262 and JSON Schema share and automata can do.
import { InputError } from '../../core/index.ts';
import { allCodePoints, invertRanges, normalizeRanges } from './code-points.ts';
import { choice, type Expression, nothing, type Range, repeat, sequence } from './expression.ts';

/** How a character is written: as it is, or as inside a JSON string. */
export type CharacterForm = (ranges: readonly Range[]) => Expression;

const digitRanges: readonly Range[] = [[0x30, 0x39]];
const wordRanges: readonly Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const spaceRanges: readonly Range[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineEnds: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];

const classes: Readonly<Record<string, readonly Range[]>> = {
  d: digitRanges,
  D: invertRanges(digitRanges),
  w: wordRanges,
  W: invertRanges(wordRanges),
  s: spaceRanges,
  S: invertRanges(spaceRanges),
};

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, '0': 0 };

/** Repetitions that one quantifier may count. */
const mostCounted = 10_000;

/**
 * Texts that match a pattern. As `RegExp.test` does, the pattern may match anywhere in the text where it is not anchored
 * by `^` and `$`; with `whole`, it matches the whole text.
 * @throws InputError for an invalid pattern, and for look-around, back references, word boundaries and anchors elsewhere
 */
export function regexExpression(
  pattern: string,
  options: { readonly character: CharacterForm; readonly whole?: boolean },
): Expression {
  return new RegexParser(pattern, options.character, options.whole ?? false).parse();
}

type Anchored = { readonly of: Expression; readonly atStart: boolean; readonly atEnd: boolean };

class RegexParser {
  readonly #pattern: string;
  readonly #points: readonly string[];
  readonly #character: CharacterForm;
  readonly #whole: boolean;
  #at = 0;

  constructor(pattern: string, character: CharacterForm, whole: boolean) {
    this.#pattern = pattern;
    this.#points = [...pattern];
    this.#character = character;
    this.#whole = whole;
  }

  parse(): Expression {
    try {
      new RegExp(this.#pattern, 'u');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InputError(`Cannot use the pattern '${this.#pattern}': ${reason}; correct it`, { cause });
    }
    const anything = repeat(this.#character(allCodePoints), 0);
    const options = this.#alternatives(true).map(({ of, atStart, atEnd }) =>
      sequence(atStart || this.#whole ? nothing : anything, of, atEnd || this.#whole ? nothing : anything),
    );
    return choice(...options);
  }

  get #next(): string | undefined {
    return this.#points[this.#at];
  }

  #take(text: string): boolean {
    if (
      !this.#points
        .slice(this.#at, this.#at + text.length)
        .join('')
        .startsWith(text)
    )
      return false;
    this.#at += text.length;
    return true;
  }

  #alternatives(outermost: boolean): Anchored[] {
    const options = [this.#sequence(outermost)];
    while (this.#take('|')) options.push(this.#sequence(outermost));
    return options;
  }

  #sequence(outermost: boolean): Anchored {
    const parts: Expression[] = [];
    const atStart = outermost && this.#take('^');
    let atEnd = false;
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') {
      if (outermost && this.#next === '$' && [undefined, '|'].includes(this.#points[this.#at + 1])) {
        this.#at++;
        atEnd = true;
      } else parts.push(this.#quantified());
    }
    return { of: sequence(...parts), atStart, atEnd };
  }

  #quantified(): Expression {
    const of = this.#atom();
    const counts = this.#quantifier();
    // Lazy ones match the same texts
    if (counts !== undefined) this.#take('?');
    return counts === undefined ? of : repeat(of, ...counts);
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const found = /^\{(\d+)(,?)(\d*)\}/.exec(this.#points.slice(this.#at, this.#at + 24).join(''));
    if (found === null) return undefined;
    this.#at += found[0].length;
    const least = Number(found[1]);
    const most = found[3] ? Number(found[3]) : found[2] ? Number.POSITIVE_INFINITY : least;
    for (const count of [least, most])
      if (count > mostCounted && count !== Number.POSITIVE_INFINITY)
        this.#refuse(`it counts to ${count}, the most is ${mostCounted}`);
    return [least, most];
  }

  #atom(): Expression {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return this.#character(this.#set());
    if (this.#take('.')) return this.#character(invertRanges(lineEnds));
    if (this.#next === '^' || this.#next === '$') this.#refuse(`'${this.#next}' stands inside of it`);
    return this.#character(this.#take('\\') ? this.#escape() : this.#single());
  }

  #group(): Expression {
    if (this.#take('?') && !this.#take(':')) {
      if (/^<[^=!]/.test(this.#points.slice(this.#at, this.#at + 2).join('')))
        this.#at = this.#points.indexOf('>', this.#at) + 1;
      else this.#refuse('it looks ahead or behind, or sets flags');
    }
    const options = this.#alternatives(false).map(({ of }) => of);
    this.#take(')');
    return choice(...options);
  }

  #single(): readonly Range[] {
    const point = this.#points[this.#at++]?.codePointAt(0) ?? 0;
    return [[point, point]];
  }

  #escape(): readonly Range[] {
    const letter = this.#points[this.#at++] ?? '';
    const ranges = classes[letter];
    if (ranges !== undefined) return ranges;
    const control = controls[letter];
    if (control !== undefined) return [[control, control]];
    if (letter === 'x' || letter === 'u') return this.#codeEscape();
    if (/[A-Za-z0-9]/.test(letter)) this.#refuse(`it uses \\${letter}`);
    const point = letter.codePointAt(0) ?? 0;
    return [[point, point]];
  }

  #codeEscape(): readonly Range[] {
    const rest = this.#points.slice(this.#at - 1, this.#at + 10).join('');
    const found = /^(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]+)\})/.exec(rest);
    const code = found?.[1] ?? found?.[2] ?? found?.[3];
    if (found === null || code === undefined) return this.#refuse('it has an incomplete escape');
    this.#at += found[0].length - 1;
    const point = Number.parseInt(code, 16);
    if (point >= 0xd800 && point <= 0xdfff) this.#refuse('it names half of a surrogate pair');
    return [[point, point]];
  }

  #set(): readonly Range[] {
    const inverted = this.#take('^');
    const ranges: Range[] = [];
    while (!this.#take(']')) {
      const low = this.#setMember();
      const [point] = low[0] as Range;
      if (low.length === 1 && this.#next === '-' && this.#points[this.#at + 1] !== ']') {
        this.#at++;
        const [, high] = this.#setMember().at(-1) as Range;
        ranges.push([point, high]);
      } else ranges.push(...low);
    }
    return inverted ? invertRanges(ranges) : normalizeRanges(ranges);
  }

  #setMember(): readonly Range[] {
    if (!this.#take('\\')) return this.#single();
    if (this.#take('b')) return [[8, 8]];
    return this.#escape();
  }

  #refuse(reason: string): never {
    throw new InputError(
      `Cannot use the pattern '${this.#pattern}' to constrain an answer: ${reason}; write it without`,
    );
  }
}
