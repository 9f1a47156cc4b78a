// Thins out a series so that its chart looks the same: Largest Triangle Three Buckets.
import type { Metric } from './entities.ts';

/**
 * At most `points` of the values, in their order; the first and the last are kept. Of each bucket the value is taken that spans the
 * largest triangle with the one taken before and the mean of the next bucket. NaNs are left out: a triangle needs three numbers.
 *
 * Source: S. Steinarsson, Downsampling Time Series for Visual Representation, 2013, section 4.2.
 */
export function downsample(series: readonly Metric[], points: number): readonly Metric[] {
  if (series.length <= points) return series;
  const finite = series.filter(({ value }) => !Number.isNaN(value));
  const [first] = finite;
  const last = finite.at(-1);
  if (first === undefined || last === undefined || finite.length <= points) return finite.slice(0, points);
  const chosen = [first];
  const width = (finite.length - 2) / (points - 2);
  let before = first;
  for (let bucket = 0; bucket < points - 2; bucket++) {
    const start = Math.floor(bucket * width) + 1;
    const end = Math.floor((bucket + 1) * width) + 1;
    const next = mean(finite.slice(end, Math.max(Math.floor((bucket + 2) * width) + 1, end + 1)));
    before = farthest(finite.slice(start, end), before, next);
    chosen.push(before);
  }
  return [...chosen, last];
}

type Point = { readonly step: number; readonly value: number };

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((a, b) => ({ step: a.step + b.step, value: a.value + b.value / points.length }), {
    step: 0,
    value: 0,
  });
  return { step: sum.step / points.length, value: sum.value };
}

/** The one that spans the largest triangle with `a` and `c`. */
function farthest(bucket: readonly Metric[], a: Metric, c: Point): Metric {
  let best = bucket[0] ?? a;
  let largest = -1;
  for (const b of bucket) {
    const area = Math.abs((a.step - c.step) * (b.value - a.value) - (a.step - b.step) * (c.value - a.value));
    if (area > largest) [best, largest] = [b, area];
  }
  return best;
}
