// JSON as expressions: what a model may write for any value, a string, a number.
import { allCodePoints, character, subtractRanges } from './code-points.ts';
import {
  choice,
  type Expression,
  literal,
  nothing,
  optional,
  type Range,
  repeat,
  rule,
  sequence,
  symbol,
} from './expression.ts';

/** Between elements: nothing, a space, or a new line with its indent. Bounded, so that no model writes space for ever. */
export const space: Expression = choice(
  nothing,
  literal(' '),
  sequence(literal('\n'), choice(repeat(literal(' '), 0, 24), repeat(literal('\t'), 1, 8))),
);

const digit = symbol([0x30, 0x39]);
const digits = repeat(digit, 1, 15);
const hex = symbol([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]);

/** Digits are limited so that every number is read back as it was written. */
export const integer: Expression = sequence(
  optional(literal('-')),
  choice(literal('0'), sequence(symbol([0x31, 0x39]), repeat(digit, 0, 14))),
);

export const number: Expression = sequence(
  integer,
  optional(sequence(literal('.'), digits)),
  optional(
    sequence(
      symbol([0x45, 0x45], [0x65, 0x65]),
      optional(symbol([0x2b, 0x2b], [0x2d, 0x2d])),
      repeat(digit, 1, 2),
    ),
  ),
);

/** What strings hold as it is; the rest is written with a backslash. */
const plain = subtractRanges(allCodePoints, [
  [0, 0x1f],
  [0x22, 0x22],
  [0x5c, 0x5c],
]);

const escapes: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
]);

/** A character of a string in any of its forms; half a surrogate pair is none. */
export const stringCharacter: Expression = choice(
  character(plain),
  sequence(literal('\\'), choice(...[...'"\\/bfnrt'].map(literal), sequence(literal('u'), unicodeEscape()))),
);

function unicodeEscape(): Expression {
  const notD = symbol([0x30, 0x39], [0x41, 0x43], [0x45, 0x46], [0x61, 0x63], [0x65, 0x66]);
  const d = symbol([0x44, 0x44], [0x64, 0x64]);
  const high = symbol([0x38, 0x39], [0x41, 0x42], [0x61, 0x62]);
  const low = symbol([0x43, 0x46], [0x63, 0x66]);
  return choice(
    sequence(notD, hex, hex, hex),
    sequence(d, symbol([0x30, 0x37]), hex, hex),
    sequence(d, high, hex, hex, literal('\\u'), d, low, hex, hex),
  );
}

/** One character of the given ranges inside a string, in its usual form. */
export function characterInString(ranges: readonly Range[]): Expression {
  const has = (point: number) => ranges.some(([low, high]) => low <= point && point <= high);
  const control = Array.from({ length: 0x20 }, (_, point) => point);
  const escaped = [...control, 0x22, 0x5c]
    .filter(has)
    .map((point) => literal(escapes.get(point) ?? `\\u${point.toString(16).padStart(4, '0')}`));
  const raw = subtractRanges(plain, subtractRanges(plain, ranges));
  return choice(...(raw.length > 0 ? [character(raw)] : []), ...escaped);
}

/** A string of `least` to `most` characters. */
export function string(least = 0, most = Number.POSITIVE_INFINITY): Expression {
  return quoted(repeat(stringCharacter, least, most));
}

export function quoted(content: Expression): Expression {
  return sequence(literal('"'), content, literal('"'));
}

/** Elements between brackets, `least` to `most` of them. */
export function list(
  element: Expression,
  least = 0,
  most = Number.POSITIVE_INFINITY,
  brackets: readonly [string, string] = ['[', ']'],
): Expression {
  const [open, close] = brackets.map(literal) as [Expression, Expression];
  const next = sequence(literal(','), space, element);
  const some = sequence(space, element, repeat(next, Math.max(0, least - 1), most - 1), space);
  const none = sequence(open, close);
  if (most === 0) return none;
  return sequence(open, least > 0 ? some : optional(some), close);
}

/** Names and values between braces, by any string for a name. */
export function mapping(value: Expression): Expression {
  return list(pair(string(), value), 0, Number.POSITIVE_INFINITY, ['{', '}']);
}

export function pair(name: Expression, value: Expression): Expression {
  return sequence(name, literal(':'), space, value);
}

export const anyValue: Expression = rule('any value');
export const anyObject: Expression = rule('any object');

/** The rules behind {@link anyValue} and {@link anyObject}. */
export const jsonRules: ReadonlyMap<string, Expression> = new Map([
  ['any object', mapping(anyValue)],
  [
    'any value',
    choice(anyObject, list(anyValue), string(), number, ...['true', 'false', 'null'].map(literal)),
  ],
]);
