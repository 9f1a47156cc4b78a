// The preference objective without the reference in its loss: values by hand.
import { expect, test } from 'vitest';
import { initializeParameters, llamaModel, newLlamaConfig } from '../../models/index.ts';
import { ParameterStore } from '../step/parameter-store.ts';
import { ForwardRunner } from '../step/trainer-step.ts';
import { pairRows } from './pair-rows.ts';
import { answerLogProbs, preferenceObjective } from './preference.ts';

const model = llamaModel(
  newLlamaConfig({ vocabSize: 20, hiddenSize: 16, layers: 1, heads: 2, maxPositions: 16 }),
);
const build = { metrics: false, recompute: false };
const side = (...answer: number[]) => ({
  ids: [1, 2, 3, ...answer],
  trained: [false, false, false, ...answer.map(() => true)],
});
const rows = pairRows([{ chosen: side(4, 5, 6), rejected: side(7, 8) }], { padId: 0 });

test('referenceFree leaves the reference out of the loss, not out of the rewards', async () => {
  const store = new ParameterStore(model.parameters);
  initializeParameters(model, 1, (name) => store.values(name));
  const logProbs = new ForwardRunner(model, answerLogProbs, { ...build, parameters: store.tensors });
  const { metrics: sums } = await logProbs.run(rows);
  const [chosen, rejected] = [sums.chosen?.[0] as number, sums.rejected?.[0] as number];
  const reference = { chosen: Float32Array.of(-1), rejected: Float32Array.of(-4) };
  const run = async (referenceFree: boolean, labelSmoothing = 0) => {
    const options = { loss: 'sigmoid', beta: 0.5, labelSmoothing, referenceFree } as const;
    const runner = new ForwardRunner(model, preferenceObjective(options), {
      ...build,
      parameters: store.tensors,
    });
    const result = await runner.run({ ...rows, reference, pairWeight: 1 });
    await runner.close();
    return result;
  };
  const logSigmoid = (x: number) => -Math.log1p(Math.exp(-x));
  const x = 0.5 * (chosen - rejected);
  expect((await run(true)).loss).toBeCloseTo(-logSigmoid(x), 5);
  expect((await run(true, 0.2)).loss).toBeCloseTo(-0.8 * logSigmoid(x) - 0.2 * logSigmoid(-x), 5);
  expect((await run(false)).loss).toBeCloseTo(-logSigmoid(x - 0.5 * 3), 5);
  const { metrics } = await run(true);
  expect(metrics['rewards/chosen']?.[0]).toBeCloseTo(0.5 * (chosen + 1), 5);
  expect(metrics['rewards/rejected']?.[0]).toBeCloseTo(0.5 * (rejected + 4), 5);
  await logProbs.close();
});
