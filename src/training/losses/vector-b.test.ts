// The published reference case of a tiny language model, whose scores are a formula: shift, masks, a pad id that is also a real token.
import { expect, test } from 'vitest';
import { constant, interpret } from '../../engine/index.ts';
import type { CausalModel, Weights } from '../../models/index.ts';
import type { Objective } from '../objectives/objective.ts';
import { pairRows } from '../objectives/pair-rows.ts';
import { answerLogProbs, preferenceObjective } from '../objectives/preference.ts';
import { sequenceRows } from '../objectives/sequence-rows.ts';
import { sftObjective, tokenMeanWeights } from '../objectives/sft.ts';

const vocabulary = 5;

/** A model that reads its scores off a table: those of row b at position t are ((7b + 3t + 5v + 2btv) mod 11) / 3. */
function tableModel(rows: readonly number[], length: number): CausalModel {
  const scores = rows.flatMap((b) =>
    Array.from({ length: length * vocabulary }, (_, i) => {
      const [t, v] = [Math.floor(i / vocabulary), i % vocabulary];
      return ((7 * b + 3 * t + 5 * v + 2 * b * t * v) % 11) / 3;
    }),
  );
  const hidden = constant(scores, [rows.length * length, vocabulary]);
  return {
    architecture: 'table',
    vocabSize: vocabulary,
    hiddenSize: vocabulary,
    layerCount: 0,
    keyValueHeads: 1,
    headSize: 1,
    maxLength: length,
    lengthDependent: false,
    steadyLength: length,
    slidingWindow: undefined,
    parameters: [],
    linearLayers: [],
    forward: () => ({ hidden, cache: [] }),
    logits: (_weights, states) => states,
    formatConfig: () => ({}),
  };
}

const noWeights: Weights = {
  tensor: (name) => {
    throw new Error(`The table has no parameter ${name}`);
  },
  linear: (name) => {
    throw new Error(`The table has no layer ${name}`);
  },
};

function run<Batch>(objective: Objective<Batch>, model: CausalModel, batch: Batch) {
  const key = objective.key(batch);
  const { loss, metrics } = objective.build(model, noWeights, { key, metrics: true, recompute: false });
  const results = interpret({ outputs: { loss, ...metrics } }, objective.feeds(batch));
  return (name: string): number[] => [...(results[name]?.data ?? [])];
}

const sequence = (ids: readonly number[]) => ({ ids, trained: ids.map((_, i) => i >= 2) });
const chosen = [sequence([1, 2, 3, 4]), sequence([1, 2, 0])] as const;
const rejected = [sequence([1, 2, 4]), sequence([1, 2, 3, 3, 1])] as const;
const sequences = [...chosen, ...rejected];
const pairs = pairRows(
  [
    { chosen: chosen[0], rejected: rejected[0] },
    { chosen: chosen[1], rejected: rejected[1] },
  ],
  { padId: 0, multipleOf: 1, sharePrompt: false },
);
const wholeTable = tableModel([0, 1, 2, 3], 5);

function expectClose(actual: readonly number[], wanted: readonly number[]): void {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs((actual[i] ?? Number.NaN) - value), `${actual}`).toBeLessThan(1e-6);
  });
}

test('answerLogProbs sums each answer, its token that equals the pad id included', () => {
  const result = run(answerLogProbs, wholeTable, pairs);
  expectClose(result('chosen'), [-3.5776437, -0.8058004]);
  expectClose(result('rejected'), [-0.5326932, -5.6834357]);
});

test('preferenceObjective() reports entropy, accuracy and scores over completion tokens only', () => {
  const reference = { chosen: new Float32Array(2), rejected: new Float32Array(2) };
  const objective = preferenceObjective({ loss: 'sigmoid', beta: 0.1, labelSmoothing: 0 });
  const result = run(objective, wholeTable, { ...pairs, reference, pairWeight: 0.5 });
  expectClose(result('entropy'), [1.2839634]);
  expectClose(result('mean_token_accuracy'), [1 / 3]);
  expectClose(result('logits/chosen'), [1.7333333]);
  expectClose(result('logits/rejected'), [1.3]);
  expectClose(result('logps/chosen'), [(-3.5776437 - 0.8058004) / 2]);
  expectClose(result('logps/rejected'), [(-0.5326932 - 5.6834357) / 2]);
});

/** The SFT loss of some of the sequences as one micro-batch. */
function sftLoss(chosenRows: readonly number[], weights: (count: number) => Float32Array): number {
  const rows = sequenceRows(
    chosenRows.map((row) => sequences[row] ?? sequence([])),
    { padId: 0, multipleOf: 1 },
  );
  const batch = { rows, tokenWeights: weights(rows.labels.length) };
  return run(sftObjective, tableModel(chosenRows, rows.length), batch)('loss')[0] ?? Number.NaN;
}

test('sftObjective gives the negative log-likelihood of each token', () => {
  const wanted = [-1.0930704, -2.4845732, -0.8058004, -0.5326932, -1.6094379, -2.9010779, -1.1729199];
  const actual = wanted.map(
    (_, i) => -sftLoss([0, 1, 2, 3], (count) => new Float32Array(count).fill(1, i, i + 1)),
  );
  expectClose(actual, wanted);
});

test('sftObjective is the mean over all tokens, in one micro-batch or in four', () => {
  const weights = (count: number) => tokenMeanWeights(count, 7);
  const parts = [0, 1, 2, 3].map((row) => sftLoss([row], weights));
  // The mean of the micro-batches' own means would be 1.2554485
  expectClose(
    [sftLoss([0, 1, 2, 3], weights), parts.reduce((sum, part) => sum + part, 0)],
    [1.5142247, 1.5142247],
  );
});
