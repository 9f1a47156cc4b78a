// What must not matter: padding, neighbours in a batch, packing, a shared prompt, how a batch is divided, recomputation.
import { expect, test } from 'vitest';
import { adamW } from '../../engine/index.ts';
import { initializeParameters, llamaModel, newLlamaConfig } from '../../models/index.ts';
import { ParameterStore } from '../step/parameter-store.ts';
import { ForwardRunner, StepRunner } from '../step/trainer-step.ts';
import { type EncodedPair, pairRows } from './pair-rows.ts';
import { answerLogProbs } from './preference.ts';
import { type SequenceRow, sequenceRows } from './sequence-rows.ts';
import { sftObjective, tokenMeanWeights } from './sft.ts';

const model = llamaModel(
  newLlamaConfig({ vocabSize: 40, hiddenSize: 32, layers: 2, heads: 4, keyValueHeads: 2, maxPositions: 32 }),
);
const build = { metrics: false, recompute: false };

function newStore(): ParameterStore {
  const store = new ParameterStore(model.parameters);
  // Ten times the usual deviation, so that differences would show
  initializeParameters(model, 3, (name) => store.values(name));
  for (const { name, initializer } of model.parameters) {
    if (initializer.kind === 'normal')
      store.values(name).forEach((value, i, all) => {
        all[i] = value * 10;
      });
  }
  return store;
}

function sequence(length: number, seed: number): SequenceRow {
  return {
    ids: Array.from({ length }, (_, i) => (i * 7 + seed * 11) % 40),
    trained: Array.from({ length }, (_, i) => i >= 2),
  };
}

const sequences = [sequence(9, 1), sequence(5, 2), sequence(14, 3), sequence(6, 4)];

async function lossOf(store: ParameterStore, rows: ReturnType<typeof sequenceRows>): Promise<number> {
  const runner = new ForwardRunner(model, sftObjective, { ...build, parameters: store.tensors });
  const { loss } = await runner.run({ rows, tokenWeights: tokenMeanWeights(rows.labels.length, 1) });
  await runner.close();
  return loss;
}

test('the loss is the same alone, in a batch, with more padding and packed', async () => {
  const store = newStore();
  let alone = 0;
  for (const one of sequences) alone += await lossOf(store, sequenceRows([one], { padId: 0, multipleOf: 1 }));
  const batched = await lossOf(store, sequenceRows(sequences, { padId: 0 }));
  const padded = await lossOf(store, sequenceRows(sequences, { padId: 5, multipleOf: 32 }));
  const packed = await lossOf(
    store,
    sequenceRows([joined(sequences.slice(0, 2)), joined(sequences.slice(2))], { padId: 0 }),
  );
  expect(Math.abs(batched / alone - 1)).toBeLessThan(1e-5);
  expect(Math.abs(padded / alone - 1)).toBeLessThan(1e-5);
  expect(Math.abs(packed / alone - 1)).toBeLessThan(1e-5);
});

/** Several documents in one row, positions restarting. */
function joined(parts: readonly SequenceRow[]): SequenceRow {
  return {
    ids: parts.flatMap(({ ids }) => Array.from(ids)),
    trained: parts.flatMap(({ trained }) => Array.from(trained)),
    positions: parts.flatMap(({ ids }) => Array.from(ids, (_, i) => i)),
    documents: parts.flatMap(({ ids }, document) => Array.from(ids, () => document + 1)),
  };
}

test('log-probabilities of answers are the same with the prompt shared and apart', async () => {
  const store = newStore();
  const pairs: EncodedPair[] = [1, 2, 3].map((seed) => {
    const prompt = Array.from({ length: 3 + seed }, (_, i) => (i * 5 + seed) % 40);
    const side = (length: number, step: number) => {
      const answer = Array.from({ length }, (_, i) => (i * step + seed) % 40);
      return {
        ids: [...prompt, ...answer],
        trained: [...prompt.map(() => false), ...answer.map(() => true)],
      };
    };
    return { chosen: side(4 + seed, 3), rejected: side(7 - seed, 13) };
  });
  const runner = new ForwardRunner(model, answerLogProbs, { ...build, parameters: store.tensors });
  const shared = await runner.run(pairRows(pairs, { padId: 0 }));
  const apart = await runner.run(pairRows(pairs, { padId: 0, sharePrompt: false }));
  await runner.close();
  for (const side of ['chosen', 'rejected']) {
    shared.metrics[side]?.forEach((value, i) => {
      expect(Math.abs(value / (apart.metrics[side]?.[i] ?? 0) - 1)).toBeLessThan(1e-5);
    });
  }
});

async function trained(
  parts: readonly (readonly SequenceRow[])[],
  recompute: boolean,
): Promise<Float32Array> {
  const store = newStore();
  const runner = await StepRunner.create(model, sftObjective, {
    metrics: false,
    recompute,
    store,
    optimizer: adamW(),
  });
  const total = parts
    .flat()
    .reduce((sum, { trained: mask }) => sum + Array.from(mask).filter(Boolean).length, 0);
  for (let step = 1; step <= 3; step++) {
    for (const part of parts) {
      const rows = sequenceRows(part, { padId: 0 });
      await runner.accumulate({ rows, tokenWeights: tokenMeanWeights(rows.labels.length, total) });
    }
    await runner.update({ step, learningRate: 1e-3, weightDecay: 0.01, maxGradNorm: 1 });
  }
  await runner.close();
  return store.trained;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

test('one batch of four and four micro-batches of one train the same weights', async () => {
  const whole = await trained([sequences], false);
  const divided = await trained(
    sequences.map((one) => [one]),
    false,
  );
  expect(largestDifference(whole, divided)).toBeLessThan(2e-5);
});

test('recomputing activations trains the same weights to the bit', async () => {
  const kept = await trained([sequences], false);
  const again = await trained([sequences], true);
  expect(largestDifference(kept, again)).toBe(0);
});

test('training twice gives the same weights to the bit', async () => {
  const first = await trained([sequences.slice(0, 2), sequences.slice(2)], false);
  const second = await trained([sequences.slice(0, 2), sequences.slice(2)], false);
  expect(largestDifference(first, second)).toBe(0);
});
