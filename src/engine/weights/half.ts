// The 16-bit floating-point formats: exact widening to float32, and rounding to nearest, ties to even, back.

// Widening binary16 by table: its 65,536 values as float32 bits (256 KB), made at first use.
let halfTable: Uint32Array | undefined;

/** Widens bfloat16 in place: `bits` lie in the upper half of the bytes of `target`, which is then filled from the front. */
export function widenBfloat16(bits: Uint16Array, target: Uint32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (bits[i] as number) << 16;
}

/** Widens binary16 as {@link widenBfloat16} does bfloat16. NaN payloads are kept. */
export function widenFloat16(bits: Uint16Array, target: Uint32Array): void {
  halfTable ??= Uint32Array.from({ length: 0x10000 }, (_, half) => widenOne(half));
  for (let i = 0; i < target.length; i++) target[i] = halfTable[bits[i] as number] as number;
}

/** Rounds float32 bits to bfloat16 bits; NaN stays NaN, a value beyond the largest becomes infinite. */
export function bfloat16FromBits(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Rounds float32 bits to binary16 bits; NaN stays NaN, a value of 65,520 or more becomes infinite. */
export function float16FromBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x1ff);
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | subnormalHalf(magnitude);
  // The exponents' biases differ by 112.
  const rebiased = magnitude - (112 << 23);
  return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
}

/** A magnitude below 2^-14 in units of 2^-24. */
function subnormalHalf(magnitude: number): number {
  const exponent = magnitude >>> 23;
  if (exponent < 102) return 0;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const quotient = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const halfway = 1 << (shift - 1);
  return rest > halfway || (rest === halfway && (quotient & 1) === 1) ? quotient + 1 : quotient;
}

function widenOne(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // A subnormal of binary16 is a normal float32: move its leading one to the hidden place.
  const shift = Math.clz32(mantissa) - 21;
  return (sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13)) >>> 0;
}
