// Top-p: the fewest tokens whose probabilities reach a share of the whole.

/** Each octave of weights has 64 buckets; 32 octaves are told apart, the last bucket holds the rest. */
const bucketCount = 2048;
/** A float32 of 1 as an integer: the exponent lies above 23 bits, of which the first 6 tell buckets apart. */
const bitsOfOne = 0x3f800000;
const bucketShift = 23 - 6;

/**
 * Sets to zero all weights but the largest that sum to `share` of the total, lower indices first among equals.
 * Buckets find the weight at which the share is reached, so that only those near it are sorted.
 * @param weights in [0, 1]
 * @returns the sum of what is left
 */
export function keepNucleus(weights: Float32Array, total: number, share: number): number {
  const goal = share * total;
  const bits = new Uint32Array(weights.buffer, weights.byteOffset, weights.length);
  const sums = new Float64Array(bucketCount);
  addToBuckets(sums, weights, bits);
  let above = 0;
  let edge = 0;
  while (edge < bucketCount - 1 && above + (sums[edge] as number) < goal) above += sums[edge++] as number;
  const atEdge = new Float32Array(weights.length);
  const count = gather(atEdge, { weights, bits, bucket: edge });
  const { least, equals } = cut(atEdge.subarray(0, count), goal - above);
  return keepFrom(weights, least, equals);
}

function addToBuckets(sums: Float64Array, weights: Float32Array, bits: Uint32Array): void {
  for (let i = 0; i < weights.length; i++) {
    const bucket = bucketOf(bits[i] as number);
    sums[bucket] = (sums[bucket] as number) + (weights[i] as number);
  }
}

/** Copies the weights of a bucket. Returns their number. */
function gather(
  into: Float32Array,
  { weights, bits, bucket }: { weights: Float32Array; bits: Uint32Array; bucket: number },
): number {
  let count = 0;
  for (let i = 0; i < weights.length; i++)
    if (bucketOf(bits[i] as number) === bucket) into[count++] = weights[i] as number;
  return count;
}

/** Floats that are not negative are in the order of their bits. 0 for weights near 1. */
function bucketOf(bits: number): number {
  return Math.min(bucketCount - 1, (bitsOfOne - bits) >> bucketShift);
}

/** The least weight that is needed to reach the goal, and how many equal to it. */
function cut(weights: Float32Array, goal: number): { readonly least: number; readonly equals: number } {
  const ascending = weights.sort();
  let least = Number.POSITIVE_INFINITY;
  let equals = 0;
  let sum = 0;
  for (let i = ascending.length - 1; i >= 0; i--) {
    const weight = ascending[i] as number;
    equals = weight === least ? equals + 1 : 1;
    least = weight;
    sum += weight;
    if (sum >= goal) break;
  }
  return { least, equals };
}

function keepFrom(weights: Float32Array, least: number, equals: number): number {
  let sum = 0;
  let left = equals;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight > least || (weight === least && left-- > 0)) sum += weight;
    else weights[i] = 0;
  }
  return sum;
}
