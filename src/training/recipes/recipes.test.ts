// Whole runs of the recipes on toy data: what they write, how they stop, go on and refuse.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InterruptedError, NumericError } from '../../core/index.ts';
import { type ToyFiles, writeToyData } from '../../data/index.ts';
import { openWeights, writeSafetensors } from '../../engine/index.ts';
import { openModel } from '../../models/index.ts';
import { type TrainConfig, type TrainSpec, trainSchema } from '../config.ts';
import type { RunEvent } from '../run/events.ts';
import { readMetrics } from '../run/metrics-log.ts';
import { trainDpo } from './dpo.ts';
import { trainSft } from './sft.ts';

let directory: string;
let files: ToyFiles;
let base: string;

const tiny = 'new:hiddenSize=32:layers=2:heads=2:maxPositions=128';

function configOf(spec: Partial<TrainSpec> & Pick<TrainSpec, 'recipe' | 'output'>): TrainConfig {
  const preference = spec.recipe === 'dpo';
  return trainSchema.parse({
    model: preference ? base : tiny,
    ...(preference || spec.model !== undefined ? {} : { vocab_size: 400 }),
    data: {
      train: preference ? files.preferenceTrain : files.sftTrain,
      eval: preference ? files.preferenceEval : files.sftEval,
      max_length: 96,
    },
    batch_size: 4,
    max_steps: 6,
    learning_rate: 2e-3,
    threads: 1,
    ...spec,
    output: join(directory, spec.output),
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-recipes-'));
  process.env.HONE_CACHE = join(directory, 'cache');
  files = await writeToyData(join(directory, 'data'), { count: 80, evalCount: 12, seed: 1 });
  base = join(directory, 'base', 'final');
  await trainSft(configOf({ recipe: 'sft', output: 'base' }));
}, 60_000);
afterAll(() => rm(directory, { recursive: true, force: true }));

test('trainSft() leaves a model that can be opened, metrics of every step, and a summary', async () => {
  const run = join(directory, 'base');
  await (await openModel(join(run, 'final'))).close();
  const rows = await readMetrics(join(run, 'metrics.jsonl'));
  expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
  const names = [
    'loss',
    'learning_rate',
    'grad_norm',
    'tokens_per_second',
    'num_tokens',
    'entropy',
    'mean_token_accuracy',
  ];
  for (const row of rows) expect(Object.keys(row)).toEqual(expect.arrayContaining(names));
  const summary = JSON.parse(await readFile(join(run, 'summary.json'), 'utf8'));
  expect(summary.evalAfter.loss).toBeLessThan(summary.evalBefore.loss);
  expect(await readdir(join(run, 'final'))).toEqual(
    expect.arrayContaining(['config.json', 'generation_config.json', 'model.safetensors', 'tokenizer.json']),
  );
});

test('trainDpo() begins where policy and reference agree: loss ln 2, margins 0', async () => {
  const summary = await trainDpo(configOf({ recipe: 'dpo', output: 'dpo', max_steps: 4 }));
  expect(summary.evalBefore?.loss).toBeCloseTo(Math.LN2, 6);
  expect(summary.evalBefore?.['rewards/margins']).toBe(0);
  expect(summary.evalBefore?.['rewards/accuracies']).toBe(0);
  const [first] = await readMetrics(join(directory, 'dpo', 'metrics.jsonl'));
  expect(first?.loss).toBeCloseTo(Math.LN2, 4);
  expect(summary.evalAfter?.['rewards/margins']).toBeGreaterThan(0);
});

test('trainDpo() refuses a reference cache that is not the policy: the step-0 audit', async () => {
  const cache = join(directory, 'cache', 'reference');
  const name = (await readdir(cache)).find((entry) => entry.endsWith('.safetensors')) as string;
  const weights = await openWeights(join(cache, name));
  const values = await Promise.all(
    ['chosen', 'rejected'].map(async (side) => [side, await weights.read(side)] as const),
  );
  await weights.close();
  const wrong = values.map(([side, data]) => ({
    name: side,
    dtype: 'F32' as const,
    shape: [data.length],
    data: data.map((x) => x - 1),
  }));
  await writeSafetensors(join(cache, name), wrong);
  const run = trainDpo(configOf({ recipe: 'dpo', output: 'audited', max_steps: 4 }));
  await expect(run).rejects.toThrow(
    /Step-0 audit failed: the policy differs from its reference by 1\.00 nats/,
  );
  await rm(join(cache, name));
});

test('reference values of another batch size are not taken from the cache: they round differently', async () => {
  const kept = async () => (await readdir(join(directory, 'cache', 'reference'))).length;
  await trainDpo(configOf({ recipe: 'dpo', output: 'batch-3', max_steps: 1, batch_size: 3 }));
  const before = await kept();
  await trainDpo(configOf({ recipe: 'dpo', output: 'batch-3-again', max_steps: 1, batch_size: 3, seed: 7 }));
  expect(await kept()).toBe(before);
  await trainDpo(configOf({ recipe: 'dpo', output: 'batch-5', max_steps: 1, batch_size: 5 }));
  expect(await kept()).toBe(before + 1);
});

test('a run that is interrupted goes on to the bit, adapter and dropout included', {
  timeout: 60_000,
}, async () => {
  const spec = {
    recipe: 'dpo',
    max_steps: 8,
    eval_every: 3,
    lora: { rank: 2, dropout: 0.2 },
    gradient_accumulation: 2,
  } as const;
  await trainDpo(configOf({ ...spec, output: 'whole' }));
  const stop = new AbortController();
  const onEvent = (event: RunEvent) => {
    if (event.type === 'step' && event.row.step === 4) stop.abort();
  };
  const config = configOf({ ...spec, output: 'parts' });
  await expect(trainDpo(config, { signal: stop.signal, onEvent })).rejects.toBeInstanceOf(InterruptedError);
  await trainDpo(config, { resume: true });
  const series = async (run: string) =>
    (await readMetrics(join(directory, run, 'metrics.jsonl'))).map(({ tokens_per_second: _, ...row }) => row);
  expect(await series('parts')).toEqual(await series('whole'));
  const adapter = (run: string) => readFile(join(directory, run, 'final', 'adapter_model.safetensors'));
  expect((await adapter('parts')).equals(await adapter('whole'))).toBe(true);
});

test('a loss that is not finite stops the run with the step and the rows named', async () => {
  const run = trainSft(configOf({ recipe: 'sft', output: 'nan', learning_rate: 1e20, max_grad_norm: null }));
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NumericError);
  expect((error as Error).message).toMatch(
    /is (NaN|Infinity|-Infinity) at step \d; the batch holds .*sft-train\.jsonl:\d+/,
  );
  await expect(readdir(join(directory, 'nan', 'final'))).rejects.toThrow('ENOENT');
});

test('a packed row that fails names the lines of its own examples', async () => {
  const lines = Array.from({ length: 24 }, (_, i) =>
    JSON.stringify({ prompt: `Order ${i}?`, completion: ` It is ${i}.` }),
  );
  const short = join(directory, 'short.jsonl');
  await writeFile(short, `${lines.join('\n')}\n`);
  const data = { train: short, max_length: 40 };
  const spec = {
    recipe: 'sft',
    output: 'nan-packed',
    packing: true,
    batch_size: 1,
    learning_rate: 1e20,
  } as const;
  const error = await trainSft(configOf({ ...spec, data, max_grad_norm: null })).catch(
    (reason: Error) => reason,
  );
  const named =
    /short\.jsonl:([\d, ]+)/
      .exec((error as Error).message)?.[1]
      ?.split(', ')
      .map(Number) ?? [];
  // A row of 40 tokens holds a few of the 24 examples, each its own line
  expect(named.length).toBeGreaterThan(1);
  expect(new Set(named).size).toBe(named.length);
  expect(named.length).toBeLessThan(24);
});

test('early stopping ends the run when evaluation no longer improves, and keeps the best checkpoint', async () => {
  const spec = { recipe: 'sft', output: 'early', model: base, learning_rate: 1, max_steps: 40 } as const;
  const config = configOf({
    ...spec,
    eval_every: 1,
    early_stopping: 2,
    max_grad_norm: null,
    keep_checkpoints: 1,
  });
  const summary = await trainSft({ ...config, optimizer: 'sgd', momentum: null });
  expect(summary.stoppedEarly).toBe(true);
  expect(summary.steps).toBeLessThan(40);
  const best = summary.best?.step ?? 0;
  expect(summary.steps - best).toBe(2);
  expect(await readdir(join(directory, 'early', 'checkpoints'))).toContain(`step-${best}`);
});

test('packing trains every token of the data once an epoch', async () => {
  const plain = await trainSft(configOf({ recipe: 'sft', output: 'plain', max_steps: null, epochs: 1 }));
  const packed = await trainSft(
    configOf({ recipe: 'sft', output: 'packed', max_steps: null, epochs: 1, packing: true }),
  );
  expect(packed.tokens).toBe(plain.tokens);
  expect(packed.steps).toBeLessThan(plain.steps);
});

test('options that nothing would read are refused, all at once', async () => {
  const config = configOf({ recipe: 'sft', output: 'unread', dpo: { beta: 0.2 }, momentum: 0.9 });
  await expect(trainSft(config)).rejects.toThrow(
    /'dpo' is not read: the recipe is sft[\s\S]*'momentum' is not read/,
  );
  const sized = configOf({ recipe: 'sft', output: 'unread', model: base, vocab_size: 400 });
  await expect(trainSft(sized)).rejects.toThrow(/'vocab_size' is not read: the model has its tokenizer/);
  const stored = configOf({ recipe: 'dpo', output: 'unread', lora: {}, save_dtype: 'bfloat16' });
  await expect(trainDpo(stored)).rejects.toThrow(/'save_dtype' is not read: adapters are saved as float32/);
  const smoothed = configOf({
    recipe: 'dpo',
    output: 'unread',
    dpo: { loss: 'hinge', label_smoothing: 0.1 },
  });
  await expect(trainDpo(smoothed)).rejects.toThrow(/Cannot use loss 'hinge' with labelSmoothing 0.1/);
  await expect(readdir(join(directory, 'unread'))).rejects.toThrow('ENOENT');
});

test('prompts that fill the context are refused with their lines, or left out on request', async () => {
  const long = join(directory, 'long.jsonl');
  const row = (prompt: string) => JSON.stringify({ prompt, completion: ' fine' });
  await writeFile(long, `${row('Is it here?')}\n${row('so '.repeat(300))}\n`);
  const data = { train: long, max_length: 64 };
  await expect(trainSft(configOf({ recipe: 'sft', output: 'long', data }))).rejects.toThrow(/long\.jsonl:2/);
  const dropped = await trainSft(
    configOf({
      recipe: 'sft',
      output: 'long',
      data: { ...data, on_long_prompt: 'drop' },
      max_steps: 1,
      batch_size: 1,
    }),
  );
  expect(dropped.steps).toBe(1);
});
