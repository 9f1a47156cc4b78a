// Runs as the reference DPO trainer makes them: its reduction, its metric names, its samples, its checkpoints or none.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InterruptedError } from '../../core/index.ts';
import { type ToyFiles, writeToyData } from '../../data/index.ts';
import { type TrainSpec, trainSchema } from '../config.ts';
import { readMetrics } from '../run/metrics-log.ts';
import { trainDpo } from './dpo.ts';
import { trainSft } from './sft.ts';

let directory: string;
let files: ToyFiles;
const at = (name: string) => join(directory, name);

function configOf(spec: Partial<TrainSpec> & Pick<TrainSpec, 'recipe' | 'output'>) {
  const isDpo = spec.recipe === 'dpo';
  return trainSchema.parse({
    model: isDpo ? join(at('sft'), 'final') : 'new:hiddenSize=32:layers=1:heads=2:maxPositions=96',
    ...(isDpo ? {} : { vocab_size: 400, reduction: 'example-sum' }),
    data: {
      train: isDpo ? files.preferenceTrain : files.sftTrain,
      eval: isDpo ? files.preferenceEval : files.sftEval,
      max_length: 96,
    },
    batch_size: 2,
    gradient_accumulation: 2,
    drop_last: true,
    max_steps: 3,
    eval_every: 2,
    learning_rate: 1e-3,
    metric_names: 'reference',
    threads: 1,
    ...spec,
    output: at(spec.output),
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-reference-trainer-'));
  process.env.HONE_CACHE = at('cache');
  files = await writeToyData(at('data'), { count: 24, evalCount: 5, seed: 1 });
  const samples = { prompts: 2 };
  await trainSft(configOf({ recipe: 'sft', output: 'sft', samples, eval_batch_size: 2 }));
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

test("trainSft() with reduction 'example-sum' trains and evaluates the sum over an example's tokens", async () => {
  const rows = await readMetrics(join(at('sft'), 'metrics.jsonl'));
  await trainSft(configOf({ recipe: 'sft', output: 'mean', reduction: 'token-mean', max_grad_norm: null }));
  const [, first] = rows;
  const [, byToken] = await readMetrics(join(at('mean'), 'metrics.jsonl'));
  // The same first batch: the sum over its tokens by its 4 examples, against the mean over its tokens
  const trainedTokens = ((first?.loss ?? 0) * 4) / (byToken?.loss ?? 1);
  expect(trainedTokens).toBeCloseTo(Math.round(trainedTokens), 2);
  expect(trainedTokens).toBeGreaterThan(20);
  const { evalBefore } = JSON.parse(await readFile(join(at('sft'), 'summary.json'), 'utf8'));
  expect(evalBefore.loss / Math.log(evalBefore.perplexity)).toBeGreaterThan(3);
});

test("metric_names 'reference' adds the reference trainer's names to each row, evaluations from step 0 on", async () => {
  const rows = await readMetrics(join(at('sft'), 'metrics.jsonl'));
  expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
  const [start, first, second] = rows;
  expect(Object.keys(start ?? {})).toEqual(['step', 'loss/eval', 'logps_eval/chosen']);
  expect(first).toMatchObject({ 'counters/examples': 4, 'counters/updates': 1 });
  expect(first?.['loss/train']).toBe(first?.loss);
  expect(first?.['logps_train/chosen']).toBe(-(first?.loss ?? 0));
  expect(first?.examples_per_second).toBeGreaterThan(0);
  expect(second?.['loss/eval']).toBe(second?.eval_loss);
  await trainDpo(configOf({ recipe: 'dpo', output: 'dpo', samples: { prompts: 3, reference: true } }));
  const [, row] = await readMetrics(join(at('dpo'), 'metrics.jsonl'));
  for (const name of ['rewards_train/chosen', 'rewards_train/rejected', 'rewards_train/accuracies'])
    expect(row?.[name]).toBe(row?.[name.replace('_train', '')]);
  expect(row).toHaveProperty(['rewards_train/margins']);
  expect(row).toHaveProperty(['logps_train/rejected']);
});

test('samples are tables of step, prompt and sample, of the reference as well where it is asked for', async () => {
  const table = async (run: string, name: string) =>
    (await readFile(join(at(run), name), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; prompt: string; sample: string });
  const policy = await table('dpo', 'policy_samples.jsonl');
  // Before the first step, after two of four pairs each, and at the end
  expect(policy.map(({ step }) => step)).toEqual([0, 0, 0, 8, 8, 8, 12, 12, 12]);
  for (const { prompt, sample } of policy) expect(sample.startsWith(prompt)).toBe(true);
  const reference = await table('dpo', 'reference_samples.jsonl');
  // At the start policy and reference are one model with one seed
  expect(reference.slice(0, 3)).toEqual(policy.slice(0, 3));
  expect(await readdir(at('sft'))).not.toContain('reference_samples.jsonl');
});

test("checkpoint_every 'never' keeps nothing, and an interrupted run says so", async () => {
  const spec = { recipe: 'sft', output: 'never', checkpoint_every: 'never', eval_at_start: false } as const;
  const summary = await trainSft(configOf(spec));
  expect(summary.evalBefore).toBeNull();
  expect(await readdir(join(at('never'), 'checkpoints'))).toEqual([]);
  expect(await readdir(at('never'))).toContain('final');
  const control = { signal: AbortSignal.abort() };
  const stopped = trainSft(configOf({ ...spec, output: 'stopped' }), control);
  await expect(stopped).rejects.toThrow();
  const stop = new AbortController();
  const onEvent = () => stop.abort();
  const late = trainSft(configOf({ ...spec, output: 'late', data: configOf(spec).data }), {
    signal: stop.signal,
    onEvent: (event) => event.type === 'step' && onEvent(),
  });
  await expect(late).rejects.toThrow(/nothing was kept, for checkpoint_every is never/);
  await expect(late).rejects.toBeInstanceOf(InterruptedError);
});

test('log_interval leaves out steps in between, never an evaluation or the last step', async () => {
  await trainSft(configOf({ recipe: 'sft', output: 'rare', log_interval: 1e6, max_steps: 5, eval_every: 3 }));
  const rows = await readMetrics(join(at('rare'), 'metrics.jsonl'));
  expect(rows.map(({ step }) => step)).toEqual([0, 1, 3, 5]);
});

test('decay_norms decays norms and biases, too', async () => {
  const spec = { recipe: 'sft', eval_at_start: false, weight_decay: 0.5, learning_rate: 0.1 } as const;
  const norm = async (output: string, decay_norms: boolean) => {
    await trainSft(configOf({ ...spec, output, decay_norms, max_steps: 1 }));
    const { openWeights } = await import('../../engine/index.ts');
    const weights = await openWeights(join(at(output), 'final'));
    const values = await weights.read('model.norm.weight');
    await weights.close();
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  // One AdamW step moves by the rate; decay takes rate * 0.5 of the weight of 1 besides
  expect((await norm('still', false)) - (await norm('decayed', true))).toBeCloseTo(0.05, 3);
});
