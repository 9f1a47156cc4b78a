import { expect, test } from 'vitest';
import { trainSchema } from '../../../training/index.ts';
import {
  automaticBatchSize,
  automaticEpochs,
  baseLearningRate,
  inParts,
  resolveHyperparameters,
  stepsBetweenCheckpoints,
} from './hyperparameters.ts';
import { fineTuneSchema } from './spec.ts';

test.each([
  [1, 25],
  [10, 10],
  [33, 3],
  [34, 3],
  [8333, 3],
  [8334, 2],
  [100_000, 1],
])("automaticEpochs(%i) is %i, as OpenAI's guide computes it", (examples, epochs) => {
  expect(automaticEpochs(examples)).toBe(epochs);
});

test.each([
  [10, 1],
  [1000, 2],
  [5000, 10],
  [1_000_000, 32],
])('automaticBatchSize(%i) is %i', (examples, batchSize) => {
  expect(automaticBatchSize(examples)).toBe(batchSize);
});

test('resolveHyperparameters() keeps what is given, and beta for dpo alone', () => {
  const spec = fineTuneSchema.parse({
    ...{ model: 'm', method: 'dpo', trainingFile: 'f', seed: 1 },
    hyperparameters: { epochs: 2, learningRateMultiplier: 0.5 },
  });
  expect(resolveHyperparameters(spec, 1000)).toEqual({
    ...{ epochs: 2, batchSize: 2, learningRateMultiplier: 0.5, beta: 0.1 },
  });
  expect(resolveHyperparameters({ ...spec, method: 'supervised' }, 1000)).not.toHaveProperty('beta');
});

test('baseLearningRate() is the rate of hone train: by method, with an adapter and without', () => {
  const rate = (recipe: string, lora: object | null) =>
    baseLearningRate(
      trainSchema.parse({ recipe, model: 'm', output: 'o', data: { train: 't' }, lora, learning_rate: 7 }),
    );
  expect([rate('sft', {}), rate('sft', null), rate('dpo', {}), rate('dpo', null)]).toEqual([
    2e-4, 2e-5, 1e-5, 1e-6,
  ]);
});

test('inParts() divides a step into equal parts of at most 8 examples', () => {
  for (let batchSize = 1; batchSize <= 256; batchSize++) {
    const { batch_size: part, gradient_accumulation: parts } = inParts(batchSize);
    expect(part * parts).toBe(batchSize);
    expect(part).toBeLessThanOrEqual(8);
  }
  expect(inParts(32)).toEqual({ batch_size: 8, gradient_accumulation: 4 });
});

test('stepsBetweenCheckpoints() is an epoch, or about 100 steps of a long one', () => {
  expect(stepsBetweenCheckpoints(12, 4)).toBe(3);
  expect(stepsBetweenCheckpoints(1000, 10)).toBe(100);
  expect(stepsBetweenCheckpoints(10_090, 10)).toBe(92);
});
