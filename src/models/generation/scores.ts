// Plain loops over the scores of a vocabulary: they run for each token of each text, so they are made to be fast.
import { NumericError } from '../../core/index.ts';

/** Steps of the table to each factor of two. */
const tableSteps = 16;
/** exp() of less is taken for zero: it would leave the range of float32, which is slow. */
const least = -85;
const table = Float64Array.from(
  { length: Math.ceil(-least * Math.LOG2E * tableSteps) + 2 },
  (_, i) => 2 ** (-i / tableSteps),
);

/**
 * exp(x) for x of at most 0, to ten digits in half the time of Math.exp: the nearest power of two of the table, and
 * Taylor's series for the rest, of which |rest| < 0.022.
 */
export function expOfNegative(x: number): number {
  if (x < least) return 0;
  const steps = x * (tableSteps * Math.LOG2E);
  const nearest = (steps - 0.5) | 0;
  const rest = (steps - nearest) * (Math.LN2 / tableSteps);
  return (table[-nearest] as number) * (1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6 + rest / 24))));
}

/** The first of the largest values. */
export function argMax(values: Float32Array): number {
  let best = 0;
  let most = values[0] as number;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (value > most) {
      most = value;
      best = i;
    }
  }
  return best;
}

/**
 * log sum exp of scores whose largest is `most`.
 * @throws NumericError when one of them is NaN
 */
export function logSumExp(logits: Float32Array, most: number): number {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += expOfNegative((logits[i] as number) - most);
  if (Number.isNaN(sum))
    throw new NumericError(
      'Cannot choose the next token: a score is NaN; the weights are broken, train again',
    );
  return most + Math.log(sum);
}

/** The tokens of the `count` largest values, largest first, lower ids first among equals; by one pass with a small heap. */
export function largest(values: Float32Array, count: number): number[] {
  const size = Math.min(count, values.length);
  if (size === 0) return [];
  const heap: number[] = [];
  // True when a must leave before b: smaller, or equal and of a higher id.
  const before = (a: number, b: number) => {
    const [x, y] = [values[a] as number, values[b] as number];
    return x < y || (x === y && a > b);
  };
  const sink = (start: number) => {
    for (let at = start; ; ) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && before(heap[child] as number, heap[next] as number)) next = child;
      }
      if (next === at) return;
      [heap[at], heap[next]] = [heap[next] as number, heap[at] as number];
      at = next;
    }
  };
  for (let token = 0; token < size; token++) heap.push(token);
  for (let at = size >> 1; at >= 0; at--) sink(at);
  let smallest = values[heap[0] as number] as number;
  for (let token = size; token < values.length; token++) {
    // Almost all are left here. An equal one of a higher id does not push out
    if (!((values[token] as number) > smallest)) continue;
    heap[0] = token;
    sink(0);
    smallest = values[heap[0] as number] as number;
  }
  return heap.sort((a, b) => (before(a, b) ? 1 : -1));
}
