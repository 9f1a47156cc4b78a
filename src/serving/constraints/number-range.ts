// Numbers between two bounds, as expressions over their digits.
import {
  choice,
  type Expression,
  literal,
  nothing,
  optional,
  repeat,
  sequence,
  symbol,
} from './expression.ts';

/** Bounds in units of 10^-places; an open one is not reached itself. */
export type Bounds = {
  readonly least?: bigint;
  readonly most?: bigint;
  readonly openLeast?: boolean;
  readonly openMost?: boolean;
};

/** Longest whole numbers, in digits: they are read back as they were written. */
const longest = 15;
const top = 10n ** BigInt(longest) - 1n;

/** Whole numbers in the bounds; undefined if there are none. */
export function integersBetween(bounds: Bounds): Expression | undefined {
  const least = (bounds.least ?? -top) + (bounds.openLeast ? 1n : 0n);
  const most = (bounds.most ?? top) - (bounds.openMost ? 1n : 0n);
  if (least > most) return undefined;
  const options: Expression[] = [];
  if (most >= 0n) options.push(...magnitudes(least > 0n ? least : 0n, most, 1));
  if (least < 0n)
    options.push(sequence(literal('-'), choice(...magnitudes(most < 0n ? -most : 1n, -least, 1))));
  return choice(...options);
}

/**
 * Numbers without exponent, with at least `places` decimals and up to twelve more; undefined if there are none.
 * Negative numbers are the positive ones mirrored.
 */
export function numbersBetween(bounds: Bounds, places: number): Expression | undefined {
  const { least = -top, most = top, openLeast = false, openMost = false } = bounds;
  const options: Expression[] = [];
  if (most >= 0n)
    options.push(...decimals({ low: least, high: most, openLow: openLeast, openHigh: openMost }, places));
  if (least < 0n) {
    const negative = decimals({ low: -most, high: -least, openLow: openMost, openHigh: openLeast }, places);
    if (negative.length > 0) options.push(sequence(literal('-'), choice(...negative)));
  }
  return options.length === 0 ? undefined : choice(...options);
}

type Span = {
  readonly low: bigint;
  readonly high: bigint;
  readonly openLow: boolean;
  readonly openHigh: boolean;
};

/** Magnitudes of a span: those within it have any further decimals, the highest only noughts. */
function decimals(span: Span, places: number): Expression[] {
  const low = span.low < 0n ? 0n : span.low;
  const openLow = span.low >= 0n && span.openLow;
  const within = (from: bigint, to: bigint, further: Expression) =>
    from > to ? [] : magnitudes(from, to, places + 1, places).map((of) => sequence(of, further));
  const bottom = openLow && low < span.high ? within(low, low, tail('above', places)) : [];
  const middle = within(openLow ? low + 1n : low, span.high - 1n, tail('any', places));
  const reached = low < span.high || (low === span.high && !openLow);
  const highest = reached && !span.openHigh ? within(span.high, span.high, tail('noughts', places)) : [];
  return [...bottom, ...middle, ...highest];
}

/** Decimals behind the last place that bounds tell apart. */
function tail(kind: 'any' | 'above' | 'noughts', places: number): Expression {
  const digit = symbol([0x30, 0x39]);
  const nought = literal('0');
  const point = places === 0 ? literal('.') : nothing;
  if (kind === 'above')
    return sequence(point, repeat(nought, 0, 6), symbol([0x31, 0x39]), repeat(digit, 0, 6));
  return optional(sequence(point, repeat(kind === 'any' ? digit : nought, 1, 12)));
}

/** Whole numbers from `low` to `high` with at least `width` digits, `places` of them behind the point. */
function magnitudes(low: bigint, high: bigint, width: number, places = 0): Expression[] {
  const found: Expression[] = [];
  for (let length = width; length <= Math.max(width, String(high).length); length++) {
    const least = length === width ? 0n : 10n ** BigInt(length - 1);
    const from = low > least ? low : least;
    const ceiling = 10n ** BigInt(length) - 1n;
    const to = high < ceiling ? high : ceiling;
    if (from > to) continue;
    const [a, b] = [from, to].map((value) => String(value).padStart(length, '0')) as [string, string];
    found.push(between(a, b, places));
  }
  return found;
}

/** Digit strings of one length from `a` to `b`. */
function between(a: string, b: string, places: number): Expression {
  if (a === '') return nothing;
  const point = a.length === places ? literal('.') : nothing;
  const [low, high] = [Number(a[0]), Number(b[0])];
  const [restA, restB] = [a.slice(1), b.slice(1)];
  const nines = '9'.repeat(restA.length);
  const noughts = '0'.repeat(restA.length);
  const head = (from: number, to: number) => sequence(point, symbol([0x30 + from, 0x30 + to]));
  if (low === high) return sequence(head(low, low), between(restA, restB, places));
  if (restA === noughts && restB === nines) return sequence(head(low, high), free(restA.length, places));
  const options = [sequence(head(low, low), between(restA, nines, places))];
  if (high - low > 1) options.push(sequence(head(low + 1, high - 1), free(restA.length, places)));
  options.push(sequence(head(high, high), between(noughts, restB, places)));
  return choice(...options);
}

/** So many digits of any kind. */
function free(count: number, places: number): Expression {
  return count === 0 ? nothing : between('0'.repeat(count), '9'.repeat(count), places);
}
