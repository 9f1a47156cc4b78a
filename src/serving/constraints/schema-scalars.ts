// Strings and numbers of a JSON schema, with their limits.
import { choice, type Expression, literal, optional, repeat, sequence, symbol } from './expression.ts';
import { formatPatterns } from './formats.ts';
import { characterInString, integer, number, quoted, string } from './json-text.ts';
import { type Bounds, integersBetween, numbersBetween } from './number-range.ts';
import { regexExpression } from './regex.ts';
import { type Fields, refusal, type SchemaPlace, unsupported } from './schema-keywords.ts';

const mostCharacters = 20_000;
const mostMultiples = 1000;
const mostPlaces = 6;

/** A count such as `maxItems`. */
export function readCount(schema: Fields, keyword: string, place: SchemaPlace): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostCharacters)
    return value;
  throw refusal(
    place,
    `'${keyword}' is ${JSON.stringify(value)}`,
    `use a whole number up to ${mostCharacters}`,
  );
}

export function stringExpression(schema: Fields, place: SchemaPlace): Expression {
  const { pattern, format } = schema;
  const least = readCount(schema, 'minLength', place);
  const most = readCount(schema, 'maxLength', place);
  if (pattern === undefined && format === undefined) {
    if ((least ?? 0) > (most ?? Number.POSITIVE_INFINITY))
      throw refusal(place, "'minLength' is above 'maxLength'", 'correct one of the two');
    return string(least, most);
  }
  if ([pattern, format, least, most].filter((value) => value !== undefined).length > 1)
    throw refusal(
      place,
      "'pattern', 'format' and limits of length cannot be enforced together",
      'keep one of them; a pattern can count by {least,most}',
    );
  if (format !== undefined) {
    const known = typeof format === 'string' ? formatPatterns[format] : undefined;
    if (known === undefined)
      throw refusal(
        place,
        `the format ${JSON.stringify(format)} cannot be enforced`,
        `use ${Object.keys(formatPatterns).join(', ')}`,
      );
    return quoted(regexExpression(known, { character: characterInString, whole: true }));
  }
  if (typeof pattern !== 'string') throw refusal(place, "'pattern' is no text", 'give a regular expression');
  return quoted(regexExpression(pattern, { character: characterInString }));
}

export function numberExpression(schema: Fields, type: 'number' | 'integer', place: SchemaPlace): Expression {
  const limits = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((keyword) =>
    readNumber(schema, keyword, place),
  );
  if (schema.multipleOf !== undefined) return multiples(schema, type, place);
  if (limits.every((limit) => limit === undefined)) return type === 'integer' ? integer : number;
  const places = type === 'integer' ? 0 : Math.max(...limits.map((limit) => placesOf(limit ?? 0)));
  if (places > mostPlaces || limits.some((limit) => Math.abs(limit ?? 0) * 10 ** places >= 1e15))
    throw refusal(
      place,
      'its limits have too many digits',
      `use at most ${mostPlaces} decimals and 15 digits`,
    );
  const bounds = type === 'integer' ? integerBounds(limits) : scaledBounds(limits, places);
  const found = type === 'integer' ? integersBetween(bounds) : numbersBetween(bounds, places);
  if (found === undefined) throw refusal(place, 'no number lies within its limits', 'correct them');
  return found;
}

function readNumber(schema: Fields, keyword: string, place: SchemaPlace): number | undefined {
  const value = schema[keyword];
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw refusal(place, `'${keyword}' is ${JSON.stringify(value)}`, 'give a number');
}

/** Decimals that a number is written with. */
function placesOf(value: number): number {
  for (let places = 0; places <= mostPlaces; places++)
    if (Number(value.toFixed(places)) === value) return places;
  return mostPlaces + 1;
}

type Limits = readonly (number | undefined)[];

/** The narrower of an inclusive and an exclusive limit. */
function narrower(
  closed: number | undefined,
  open: number | undefined,
  further: (a: number, b: number) => boolean,
): { readonly limit?: number; readonly isOpen: boolean } {
  if (open === undefined) return closed === undefined ? { isOpen: false } : { limit: closed, isOpen: false };
  return closed !== undefined && further(closed, open)
    ? { limit: closed, isOpen: false }
    : { limit: open, isOpen: true };
}

function bothEnds([minimum, maximum, above, below]: Limits) {
  return {
    lower: narrower(minimum, above, (a, b) => a > b),
    upper: narrower(maximum, below, (a, b) => a < b),
  };
}

function integerBounds(limits: Limits): Bounds {
  const { lower, upper } = bothEnds(limits);
  return {
    ...(lower.limit !== undefined && {
      least: BigInt(Math.ceil(lower.limit)),
      openLeast: lower.isOpen && Number.isInteger(lower.limit),
    }),
    ...(upper.limit !== undefined && {
      most: BigInt(Math.floor(upper.limit)),
      openMost: upper.isOpen && Number.isInteger(upper.limit),
    }),
  };
}

function scaledBounds(limits: Limits, places: number): Bounds {
  const { lower, upper } = bothEnds(limits);
  const scale = (value: number) => BigInt(Math.round(value * 10 ** places));
  return {
    ...(lower.limit !== undefined && { least: scale(lower.limit), openLeast: lower.isOpen }),
    ...(upper.limit !== undefined && { most: scale(upper.limit), openMost: upper.isOpen }),
  };
}

/** Multiples between two limits one by one; without limits those of 0.01 and its like, by their decimals. */
function multiples(schema: Fields, type: 'number' | 'integer', place: SchemaPlace): Expression {
  const step = readNumber(schema, 'multipleOf', place) ?? 0;
  const limits = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map((keyword) =>
    readNumber(schema, keyword, place),
  );
  if (step <= 0) throw refusal(place, `'multipleOf' is ${step}`, 'give a positive number');
  const places = placesOf(step);
  if (limits.every((limit) => limit === undefined) && step === 10 ** -places) {
    const decimals = sequence(literal('.'), repeat(symbol([0x30, 0x39]), 1, Math.max(1, places)));
    return type === 'integer' || places === 0 ? integer : sequence(integer, optional(decimals));
  }
  const [minimum = Number.NaN, maximum = Number.NaN, above, below] = limits;
  const [from, to] = [Math.ceil(minimum / step), Math.floor(maximum / step)];
  if (!Number.isInteger(step) || above !== undefined || below !== undefined || !(to - from <= mostMultiples))
    throw unsupported(place, 'multipleOf');
  if (to < from) throw refusal(place, 'no number lies within its limits', 'correct them');
  return choice(...Array.from({ length: to - from + 1 }, (_, i) => literal(String((from + i) * step))));
}
