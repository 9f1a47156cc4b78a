// How a pass is shared among prompts.
import { expect, test } from 'vitest';
import { sharePrefill } from './prefill-share.ts';

test('sharePrefill() gives half to the oldest and the rest to the shortest', () => {
  expect(sharePrefill([], 16)).toEqual([]);
  expect(sharePrefill([5], 16)).toEqual([5]);
  expect(sharePrefill([100], 16)).toEqual([16]);
  expect(sharePrefill([100, 3], 16)).toEqual([13, 3]);
  expect(sharePrefill([100, 50, 6], 16)).toEqual([8, 2, 6]);
  expect(sharePrefill([4, 50, 60], 16)).toEqual([4, 12, 0]);
  // Equal ones go in their order
  expect(sharePrefill([20, 20, 20], 16)).toEqual([16, 0, 0]);
});

test('sharePrefill() never gives more than there is, and all that it can', () => {
  for (let seed = 0; seed < 200; seed++) {
    const ahead = Array.from({ length: seed % 7 }, (_, i) => 1 + ((seed * 31 + i * 17) % 40));
    const most = 1 + (seed % 33);
    const shares = sharePrefill(ahead, most);
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    expect(total(shares)).toBe(Math.min(most, total(ahead)));
    expect(shares.every((share, i) => share <= (ahead[i] as number))).toBe(true);
  }
});
