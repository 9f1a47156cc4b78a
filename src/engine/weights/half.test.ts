import { expect, test } from 'vitest';
import { bfloat16FromBits, float16FromBits, widenBfloat16, widenFloat16 } from './half.ts';

const every16 = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

function widened(widen: typeof widenFloat16): Float32Array {
  const values = new Float32Array(0x10000);
  widen(every16, new Uint32Array(values.buffer));
  return values;
}

function bitsOf(value: number): number {
  return new Uint32Array(new Float32Array([value]).buffer)[0] as number;
}

/** The value by the definition of the format. */
function binary16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

test('widenFloat16() gives every one of the 65,536 values exactly', () => {
  const values = widened(widenFloat16);
  const wrong = [...every16].filter((bits) => !Object.is(values[bits], binary16(bits)));
  expect(wrong).toEqual([]);
});

test('widenBfloat16() puts the bits into the upper half of a float32', () => {
  const values = widened(widenBfloat16);
  expect([values[0x3f80], values[0xc000], values[0x0001], values[0x7f80]]).toEqual([
    1,
    -2,
    2 ** -133,
    Infinity,
  ]);
  expect(Object.is(values[0x8000], -0)).toBe(true);
});

for (const [name, widen, round, largest] of [
  ['float16FromBits', widenFloat16, float16FromBits, 0x7bff],
  ['bfloat16FromBits', widenBfloat16, bfloat16FromBits, 0x7f7f],
] as const) {
  test(`${name}() returns each value to itself`, () => {
    const values = widened(widen);
    const wrong = [...every16].filter((bits) => {
      const value = values[bits] as number;
      return Number.isNaN(value)
        ? !Number.isNaN(values[round(bitsOf(value))])
        : round(bitsOf(value)) !== bits;
    });
    expect(wrong).toEqual([]);
  });

  test(`${name}() rounds to the nearest, ties to even, between all neighbours`, () => {
    const values = widened(widen);
    const wrong: number[] = [];
    for (let low = 0; low < largest; low++) {
      const middle = bitsOf(((values[low] as number) + (values[low + 1] as number)) / 2);
      const even = low & 1 ? low + 1 : low;
      const found = [round(middle - 1), round(middle), round(middle + 1)];
      const negative = [0, 1, 2].map((i) => round(((middle + i - 1) | 0x80000000) >>> 0) & 0x7fff);
      if (`${found}` !== `${[low, even, low + 1]}` || `${negative}` !== `${found}`) wrong.push(low);
    }
    expect(wrong).toEqual([]);
  });

  test(`${name}() makes infinities of what is too large and keeps them`, () => {
    const infinity = largest + 1;
    expect(round(bitsOf(Infinity))).toBe(infinity);
    expect(round(bitsOf(-Infinity))).toBe(infinity | 0x8000);
    expect(round(0x7f7fffff)).toBe(infinity);
  });
}

test('float16FromBits() rounds 65,519.996 down and 65,520 to infinity', () => {
  expect(float16FromBits(bitsOf(65520) - 1)).toBe(0x7bff);
  expect(float16FromBits(bitsOf(65520))).toBe(0x7c00);
});
