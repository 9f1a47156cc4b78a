// Correlations have the values of MLflow.
import { expect, test } from 'vitest';
import { correlationOf } from './correlation.ts';

test('correlationOf has the values that MLflow has', () => {
  const of = (joint: number, first: number, second: number, total: number) =>
    correlationOf({ joint, first, second, total });
  expect(of(4, 4, 4, 5).npmi).toBeCloseTo(1, 12);
  expect(of(4, 4, 4, 5).npmiSmoothed).toBeCloseTo(0.5230751223653701, 12);
  expect(of(5, 5, 5, 5)).toMatchObject({ npmi: 1 });
  expect(of(0, 2, 3, 10).npmi).toBe(-1);
  expect(of(2, 4, 5, 10).npmi).toBeCloseTo(0, 12);
  expect(of(0, 0, 3, 10)).toEqual({ npmi: Number.NaN, npmiSmoothed: Number.NaN });
});
