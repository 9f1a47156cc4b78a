// Dropout masks made on the host from seeded random numbers, so that runs repeat to the bit.
import type { Random } from '../../core/index.ts';

/**
 * Fills a mask that drops each element with probability p and scales what stays: 0 or 1 / (1 - p). Two elements share
 * one draw of 32 bits: the probability is p rounded to a multiple of 2^-16.
 */
export function dropoutMask(random: Random, length: number, p: number): Float32Array<ArrayBuffer> {
  if (!(p >= 0 && p < 1))
    throw new RangeError(`Cannot make a dropout mask: 'p' must be in [0, 1), current value is ${p}`);
  const mask = new Float32Array(length);
  // What would drop everything drops all but 1 in 2^16.
  const threshold = Math.min(Math.round(p * 65536), 65535);
  const kept = 1 / (1 - p);
  for (let i = 0; i < length; i += 2) {
    const bits = random.uint32();
    // A write past an odd length is ignored.
    mask[i] = bits >>> 16 < threshold ? 0 : kept;
    mask[i + 1] = (bits & 0xffff) < threshold ? 0 : kept;
  }
  return mask;
}
