// Characters as the bytes that UTF-8 writes for them.
import { choice, type Expression, type Range, sequence, symbol } from './expression.ts';

/** All characters: surrogates are none. */
export const allCodePoints: readonly Range[] = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

/** Ranges sorted, without overlaps, and without what is no character. */
export function normalizeRanges(ranges: readonly Range[]): Range[] {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged.flatMap((range) => allCodePoints.flatMap((all) => intersect(range, all)));
}

function intersect([a, b]: Range, [c, d]: Range): Range[] {
  const [low, high] = [Math.max(a, c), Math.min(b, d)];
  return low <= high ? [[low, high]] : [];
}

/** All characters but these. */
export function invertRanges(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 0;
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (low > next) gaps.push([next, low - 1]);
    next = Math.max(next, high + 1);
  }
  if (next <= 0x10ffff) gaps.push([next, 0x10ffff]);
  return normalizeRanges(gaps);
}

/** What stands in the first and not in the second. */
export function subtractRanges(from: readonly Range[], ranges: readonly Range[]): Range[] {
  return invertRanges([...invertRanges(from), ...ranges]);
}

/** One character of these ranges, in UTF-8. */
export function character(ranges: readonly Range[]): Expression {
  const sequences = normalizeRanges(ranges).flatMap((range) => [...utf8Sequences(range)]);
  const single = sequences.filter(({ length }) => length === 1).map(([range]) => range as Range);
  const longer = sequences
    .filter(({ length }) => length > 1)
    .map((bytes) => sequence(...bytes.map((range) => symbol(range))));
  return choice(...(single.length > 0 ? [symbol(...single)] : []), ...longer);
}

/** Largest code points of one, two, three and four bytes. */
const lengthLimits = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/** Byte ranges whose products are exactly the encodings of a range of code points. */
function* utf8Sequences([low, high]: Range): Generator<Range[]> {
  const limit = lengthLimits.find((each) => low <= each) as number;
  if (high > limit) {
    yield* utf8Sequences([low, limit]);
    yield* utf8Sequences([limit + 1, high]);
    return;
  }
  // Where the last bytes do not run over their whole range, the range is split.
  for (const mask of [0x3f, 0xfff, 0x3ffff]) {
    if (mask >= limit || (low & ~mask) === (high & ~mask)) continue;
    if ((low & mask) !== 0) {
      yield* utf8Sequences([low, low | mask]);
      yield* utf8Sequences([(low | mask) + 1, high]);
      return;
    }
    if ((high & mask) !== mask) {
      yield* utf8Sequences([low, (high & ~mask) - 1]);
      yield* utf8Sequences([high & ~mask, high]);
      return;
    }
  }
  const [first, last] = [encode(low), encode(high)];
  yield first.map((byte, i): Range => [byte, last[i] as number]);
}

function encode(codePoint: number): number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(codePoint))];
}
