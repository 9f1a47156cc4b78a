// Rounding to eight bits: how far off a weight may be.
import { expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { quantizeMatrix } from './quantize.ts';

test('quantizeMatrix() rounds each weight to half a step of its block', () => {
  const random = new Random(1, 'weights');
  const size = { in: 70, out: 5 };
  const matrix = Float32Array.from({ length: 350 }, (_, i) => (i % 70 < 32 ? 1 : 100) * random.normal());
  matrix.fill(0, 70, 140);
  const { data, scales } = quantizeMatrix(matrix, size);
  expect([data.length, scales.length]).toEqual([5 * 3 * 32, 5 * 3]);
  matrix.forEach((weight, i) => {
    const [row, column] = [Math.floor(i / 70), i % 70];
    const block = row * 3 + Math.floor(column / 32);
    const scale = scales[block] as number;
    const held = ((data[block * 32 + (column % 32)] as number) - 128) * scale;
    expect(Math.abs(held - weight)).toBeLessThanOrEqual(0.5001 * scale);
  });
  // What fills the last block counts for nothing.
  expect(data.subarray(2 * 32 + 6, 3 * 32).every((value) => value === 128)).toBe(true);
});
