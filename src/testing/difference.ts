// How far numbers are from those wanted.

type Numbers = ArrayLike<number | bigint>;

/**
 * The largest difference, relative to the largest finite magnitude wanted; Infinity where the lengths differ, where one
 * is NaN and the other not, or where infinities differ.
 */
export function relativeDifference(actual: Numbers, wanted: Numbers): number {
  if (actual.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let scale = 1e-30;
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [Number(actual[i]), Number(wanted[i])];
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
    if (!Object.is(a, b) && a !== b) largest = Math.max(largest, distance(a, b));
  }
  return largest / scale;
}

function distance(a: number, b: number): number {
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
