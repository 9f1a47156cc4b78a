// Rounding to eight bits: how far off a weight may be.
import { expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { quantizedBlocks, quantizeMatrix } from './quantize.ts';

test('quantizeMatrix() rounds each weight to half a step of its block', () => {
  const random = new Random(1, 'weights');
  const size = { in: 70, out: 5 };
  const matrix = Float32Array.from({ length: 350 }, (_, i) => (i % 70 < 32 ? 1 : 100) * random.normal());
  matrix.fill(0, 70, 140);
  const blocks = quantizedBlocks(size);
  expect(blocks).toBe(5 * 3);
  const [data, scales] = [new Uint8Array(32 * blocks), new Float32Array(blocks)];
  quantizeMatrix(matrix, { data, scales, size });
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
