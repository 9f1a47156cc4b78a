// Plain loops over the scores of a vocabulary: they run for each token of each text, so they are made to be fast.
// Each has a function of its own with nothing behind it: what follows a long loop makes V8 give up the code that it has made for
// it. The longest take four at a time, which also keeps V8's middle compiler from copying them, slower, into their callers.
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
  let i = 0;
  for (; i + 3 < values.length; i += 4) {
    const a = values[i] as number;
    const b = values[i + 1] as number;
    const c = values[i + 2] as number;
    const d = values[i + 3] as number;
    if (a > most) {
      most = a;
      best = i;
    }
    if (b > most) {
      most = b;
      best = i + 1;
    }
    if (c > most) {
      most = c;
      best = i + 2;
    }
    if (d > most) {
      most = d;
      best = i + 3;
    }
  }
  for (; i < values.length; i++) {
    if ((values[i] as number) > most) {
      most = values[i] as number;
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
  const sum = sumOfExp(logits, most);
  if (Number.isNaN(sum))
    throw new NumericError(
      'Cannot choose the next token: a score is NaN; the weights are broken, train again',
    );
  return most + Math.log(sum);
}

function sumOfExp(logits: Float32Array, most: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 3 < logits.length; i += 4) {
    a += expOfNegative((logits[i] as number) - most);
    b += expOfNegative((logits[i + 1] as number) - most);
    c += expOfNegative((logits[i + 2] as number) - most);
    d += expOfNegative((logits[i + 3] as number) - most);
  }
  for (; i < logits.length; i++) a += expOfNegative((logits[i] as number) - most);
  return a + b + c + d;
}

/** The tokens of the `count` largest values, largest first, lower ids first among equals; by one pass with a small heap. */
export function largest(values: Float32Array, count: number): number[] {
  const size = Math.min(count, values.length);
  if (size === 0) return [];
  const heap = Array.from({ length: size }, (_, token) => token);
  for (let at = size >> 1; at >= 0; at--) sink(heap, at, values);
  for (let token = size - 1; ; ) {
    // An equal one of a higher id does not push out
    token = firstAbove(values, token + 1, values[heap[0] as number] as number);
    if (token === values.length) break;
    heap[0] = token;
    sink(heap, 0, values);
  }
  return heap.sort((a, b) => (leavesBefore(a, b, values) ? 1 : -1));
}

/** The indices of all values above `least`. */
export function indicesAbove(values: Float32Array, least: number): Uint32Array {
  const found = new Uint32Array(values.length);
  return found.subarray(0, findAbove(values, least, found));
}

function findAbove(values: Float32Array, least: number, found: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) > least) found[count++] = i;
  return count;
}

/** The values at some indices. */
export function valuesAt(values: Float32Array, at: Uint32Array): Float32Array {
  const chosen = new Float32Array(at.length);
  copyAt(chosen, values, at);
  return chosen;
}

function copyAt(into: Float32Array, values: Float32Array, at: Uint32Array): void {
  for (let i = 0; i < at.length; i++) into[i] = values[at[i] as number] as number;
}

/** The first index from `start` on whose value is greater; the length where there is none. */
function firstAbove(values: Float32Array, start: number, value: number): number {
  let i = start;
  while (i < values.length && !((values[i] as number) > value)) i++;
  return i;
}

/** Whether token a must leave the heap before b: smaller, or equal and of a higher id. */
function leavesBefore(a: number, b: number, values: Float32Array): boolean {
  const x = values[a] as number;
  const y = values[b] as number;
  return x < y || (x === y && a > b);
}

function sink(heap: number[], start: number, values: Float32Array): void {
  for (let at = start; ; ) {
    let next = at;
    for (let child = 2 * at + 1; child <= 2 * at + 2 && child < heap.length; child++)
      if (leavesBefore(heap[child] as number, heap[next] as number, values)) next = child;
    if (next === at) return;
    const moved = heap[next] as number;
    heap[next] = heap[at] as number;
    heap[at] = moved;
    at = next;
  }
}
