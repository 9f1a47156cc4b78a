// How a value of a metric is kept: neither database sorts NaN or takes infinities.

/** NaN as 0 (the row is marked), an infinity as the largest number of its sign, and one zero. */
export function storedValue(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE) + 0;
}

/** What a row of points says. */
export function toValue({ value, is_nan }: { readonly value: number; readonly is_nan: number }): number {
  return is_nan === 1 ? Number.NaN : value;
}
