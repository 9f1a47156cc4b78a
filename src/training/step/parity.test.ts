// Twenty SFT and DPO steps against a plain PyTorch loop, itself compared with TRL (tools/parity).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adamW, scheduleMultiplier, type Tensor } from '../../engine/index.ts';
import { type CausalModel, LoraWeights, openAdapter, openModel } from '../../models/index.ts';
import { type EncodedPair, pairRows, type TrainedSequence } from '../objectives/pair-rows.ts';
import { answerLogProbs, preferenceObjective } from '../objectives/preference.ts';
import { sequenceRows } from '../objectives/sequence-rows.ts';
import { sftObjective, tokenMeanWeights } from '../objectives/sft.ts';
import { ParameterStore } from './parameter-store.ts';
import type { WrapWeights } from './step-graph.ts';
import { type BatchResult, ForwardRunner, StepRunner } from './trainer-step.ts';

type Settings = {
  steps: number;
  learning_rate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weight_decay: number;
  max_grad_norm: number;
  warmup_steps: number;
  pad_id: number;
  beta: number;
  label_smoothing: number;
};
type Run = {
  model: string;
  settings: Settings;
  series: Record<string, number[]>;
  final: Record<string, { norm: number }>;
  /** The adapter that an adapter run starts from. */
  initial?: string;
};
type SftFixture = { examples: { ids: number[]; mask: number[] }[]; steps: number[][][] } & Record<
  string,
  Run
>;
type DpoFixture = {
  pairs: { prompt: number[]; chosen: number[]; rejected: number[] }[];
  steps: number[][][];
} & Record<string, Run>;

const fixtures = new URL('../../../test/fixtures/parity/', import.meta.url);
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`training/${name}.json`, fixtures), 'utf8'));
const build = { metrics: true, recompute: false };

type Trainee = { model: CausalModel; store: ParameterStore; wrap?: WrapWeights };

async function traineeOf(run: Run): Promise<Trainee> {
  const opened = await openModel(new URL(run.model, fixtures).pathname);
  const { model } = opened;
  const adapter =
    run.initial === undefined
      ? undefined
      : await openAdapter(new URL(`training/${run.initial}`, fixtures).pathname, model);
  const store =
    adapter === undefined
      ? new ParameterStore(model.parameters)
      : new ParameterStore(adapter.parameters, model.parameters);
  await opened.readParameters((parameter) => store.values(parameter));
  await opened.close();
  if (adapter === undefined) return { model, store };
  await adapter.readParameters((parameter) => store.values(parameter));
  await adapter.close();
  const wrap: WrapWeights = (base) => {
    const weights = new LoraWeights(base, { model, config: adapter.config });
    return { weights, tensor: (name) => weights.used.get(name) as Tensor };
  };
  return { model, store, wrap };
}

function optimizerOf({ beta1, beta2, epsilon }: Settings) {
  return adamW({ betas: [beta1, beta2], epsilon });
}

async function update(runner: StepRunner<never>, settings: Settings, step: number): Promise<number> {
  const multiplier = scheduleMultiplier('linear', step, {
    warmupSteps: settings.warmup_steps,
    totalSteps: settings.steps,
  });
  return runner.update({
    step: step + 1,
    learningRate: settings.learning_rate * multiplier,
    weightDecay: settings.weight_decay,
    maxGradNorm: settings.max_grad_norm,
  });
}

function expectClose(actual: number, expected: number, tolerance: number, what: string): void {
  expect(Math.abs(actual - expected), `${what}: ${actual} against ${expected}`).toBeLessThanOrEqual(
    tolerance,
  );
}

/** The mean over micro-batches of each metric, as TRL reports it. */
function meanMetrics(results: readonly BatchResult[]): Record<string, number> {
  const names = Object.keys(results[0]?.metrics ?? {});
  const mean = (name: string) =>
    results.reduce((sum, result) => sum + (result.metrics[name]?.[0] ?? 0), 0) / results.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)]));
}

function expectFinalNorms(store: ParameterStore, run: Run): void {
  for (const [name, { norm }] of Object.entries(run.final)) {
    const actual = Math.sqrt(store.values(name).reduce((sum, value) => sum + value * value, 0));
    expectClose(actual, norm, 1e-4 * Math.max(1, norm), name);
  }
}

test.each([
  ['sft', 'llama'],
  ['sft', 'llama_tied'],
  ['sft_lora', 'qv'],
  ['sft_lora', 'all'],
])('%s of %s follows PyTorch for 20 steps', async (file, name) => {
  const fixture = read(file) as SftFixture;
  const run = fixture[name] as Run;
  const { model, store, wrap } = await traineeOf(run);
  const runner = await StepRunner.create(model, sftObjective, {
    ...build,
    store,
    optimizer: optimizerOf(run.settings),
    ...(wrap && { wrap }),
  });
  for (const [step, microBatches] of fixture.steps.entries()) {
    const rows = microBatches.map((indices) => {
      const examples = indices.map((i) => fixture.examples[i] as { ids: number[]; mask: number[] });
      const sequences: TrainedSequence[] = examples.map(({ ids, mask }) => ({
        ids,
        trained: mask.map(Boolean),
      }));
      return sequenceRows(sequences, { padId: run.settings.pad_id });
    });
    const total = rows.reduce((sum, { labels }) => sum + labels.length, 0);
    expect(total).toBe(run.series.tokens?.[step]);
    const results: BatchResult[] = [];
    for (const batch of rows) {
      results.push(
        await runner.accumulate({ rows: batch, tokenWeights: tokenMeanWeights(batch.labels.length, total) }),
      );
    }
    const norm = await update(runner as StepRunner<never>, run.settings, step);
    expectClose(
      results.reduce((sum, { loss }) => sum + loss, 0),
      run.series.loss?.[step] as number,
      1e-4,
      `loss ${step}`,
    );
    expectClose(norm, run.series.grad_norm?.[step] as number, 2e-4 * norm, `grad_norm ${step}`);
    const metrics = meanMetrics(results);
    for (const metric of ['entropy', 'mean_token_accuracy']) {
      expectClose(metrics[metric] as number, run.series[metric]?.[step] as number, 1e-4, `${metric} ${step}`);
    }
  }
  expectFinalNorms(store, run);
  await runner.close();
});

test.each([
  ['dpo', 'sigmoid', true],
  ['dpo', 'sigmoid', false],
  ['dpo', 'cdpo', true],
  ['dpo', 'sigmoid_tied', true],
  ['dpo_lora', 'qv', true],
  ['dpo_lora', 'all', true],
] as const)('%s %s follows PyTorch for 20 steps (prompt shared: %s)', async (file, name, sharePrompt) => {
  const fixture = read(file) as DpoFixture;
  const run = fixture[name] as Run;
  const { model, store, wrap } = await traineeOf(run);
  const objective = preferenceObjective({
    loss: 'sigmoid',
    beta: run.settings.beta,
    labelSmoothing: run.settings.label_smoothing,
  });
  const layout = { padId: run.settings.pad_id, sharePrompt };
  const reference = new ForwardRunner(model, answerLogProbs, {
    ...build,
    metrics: false,
    parameters: store.tensors,
  });
  const batches = [];
  for (const microBatches of fixture.steps) {
    const step = [];
    for (const indices of microBatches) {
      const pairs = indices.map((i) => encodedPair(fixture.pairs[i] as DpoFixture['pairs'][number]));
      const rows = pairRows(pairs, layout);
      const { metrics } = await reference.run(rows);
      const logProbs = { chosen: metrics.chosen as Float32Array, rejected: metrics.rejected as Float32Array };
      step.push({ ...rows, reference: logProbs, pairWeight: 1 / microBatches.flat().length });
    }
    batches.push(step);
  }
  const runner = await StepRunner.create(model, objective, {
    ...build,
    store,
    optimizer: optimizerOf(run.settings),
    ...(wrap && { wrap }),
  });
  for (const [step, microBatches] of batches.entries()) {
    const results: BatchResult[] = [];
    for (const batch of microBatches) results.push(await runner.accumulate(batch));
    const norm = await update(runner as StepRunner<never>, run.settings, step);
    expectClose(
      results.reduce((sum, { loss }) => sum + loss, 0),
      run.series.loss?.[step] as number,
      1e-4,
      `loss ${step}`,
    );
    expectClose(norm, run.series.grad_norm?.[step] as number, 2e-4 * norm, `grad_norm ${step}`);
    for (const [metric, value] of Object.entries(meanMetrics(results))) {
      // Before the first real update policy and reference tie, and rounding decides which reward is larger
      if (metric === 'rewards/accuracies' && step < 2) continue;
      const expected = run.series[metric]?.[step] as number;
      expectClose(value, expected, 1e-4 * Math.max(1, Math.abs(expected)), `${metric} ${step}`);
    }
  }
  expectFinalNorms(store, run);
  await reference.close();
  await runner.close();
});

function encodedPair({
  prompt,
  chosen,
  rejected,
}: {
  prompt: number[];
  chosen: number[];
  rejected: number[];
}): EncodedPair {
  const side = (answer: number[]) => ({
    ids: [...prompt, ...answer],
    trained: [...prompt.map(() => false), ...answer.map(() => true)],
  });
  return { chosen: side(chosen), rejected: side(rejected) };
}
