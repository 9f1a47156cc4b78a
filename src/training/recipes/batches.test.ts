// Which examples the steps of a run take.
import { expect, test } from 'vitest';
import { trainSchema } from '../config.ts';
import { planSteps } from './batches.ts';

function planOf(examples: number, settings: Record<string, unknown>) {
  const base = { recipe: 'sft', model: 'new:tiny', output: 'run', data: { train: 'a.jsonl' } };
  return planSteps(
    Array.from({ length: examples }, () => 1),
    trainSchema.parse({ ...base, ...settings }),
  );
}

test('planSteps() leaves a last batch that is not full out of every epoch with drop_last', () => {
  const plan = planOf(10, { batch_size: 2, gradient_accumulation: 2, drop_last: true });
  expect(plan.stepsPerEpoch).toBe(2);
  const sizes = [0, 1, 2, 3].map((step) => plan.at(step).map(({ length }) => length));
  expect(sizes).toEqual([
    [2, 2],
    [2, 2],
    [2, 2],
    [2, 2],
  ]);
  expect(new Set([0, 1].flatMap((step) => plan.at(step).flat())).size).toBe(8);
  expect([0, 1, 2, 3].map((steps) => plan.examplesAfter(steps))).toEqual([0, 4, 8, 12]);
});

test('planSteps() counts what a short last batch holds without drop_last', () => {
  const plan = planOf(10, { batch_size: 4 });
  expect([2, 3, 4].map((steps) => plan.examplesAfter(steps))).toEqual([8, 10, 14]);
});

test('planSteps() refuses data that drop_last would leave nothing of', () => {
  expect(() => planOf(3, { batch_size: 4, drop_last: true })).toThrow(
    /3 examples do not fill one batch of 4/,
  );
});
