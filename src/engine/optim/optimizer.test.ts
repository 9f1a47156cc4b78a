// Optimisers, clipping scale and schedules against series made by torch and transformers.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import { add, input, mul } from '../graph/index.ts';
import { euclideanNorm, FlatUpdate } from './flat-update.ts';
import { FlatVectors } from './flat-vectors.ts';
import { assertInPlaceSafe } from './in-place.ts';
import { adamW, type Optimizer, rmsProp, sgd } from './optimizer.ts';
import { type ScheduleName, scheduleMultiplier } from './schedule.ts';

type Case = { kind: 'AdamW' | 'SGD' | 'RMSprop'; options: Record<string, unknown>; after: number[][] };
type Fixture = {
  start: number[];
  gradients: number[][];
  optimizers: Record<string, Case>;
  schedules: { name: string; warmup_steps: number; steps: number; multipliers: number[] }[];
};

const fixture = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/parity/optim.json', import.meta.url), 'utf8'),
) as Fixture;

function optimizerOf({ kind, options }: Case): Optimizer {
  const number = (name: string, fallback: number) => (options[name] as number | undefined) ?? fallback;
  if (kind === 'SGD') return sgd({ momentum: number('momentum', 0), nesterov: options.nesterov === true });
  if (kind === 'RMSprop') {
    return rmsProp({
      alpha: number('alpha', 0.99),
      epsilon: number('eps', 1e-8),
      momentum: number('momentum', 0),
    });
  }
  const betas = (options.betas ?? [0.9, 0.999]) as [number, number];
  return adamW({ betas, epsilon: number('eps', 1e-8) });
}

function newSlots(run: FlatUpdate, length: number): Record<string, Float32Array> {
  return Object.fromEntries(run.slotNames.map((slot) => [slot, new Float32Array(length)]));
}

test.each(Object.entries(fixture.optimizers))('%s follows torch for ten steps', async (_, item) => {
  const optimizer = optimizerOf(item);
  const run = await FlatUpdate.create(optimizer);
  const parameters = Float32Array.from(fixture.start);
  const slots = newSlots(run, parameters.length);
  const weightDecay = (item.options.weight_decay as number | undefined) ?? (item.kind === 'AdamW' ? 0.01 : 0);
  for (const [i, gradient] of fixture.gradients.entries()) {
    const state = { parameters, gradients: Float32Array.from(gradient), slots };
    const learningRate = item.options.lr as number;
    await run.apply(state, {
      step: i + 1,
      learningRate,
      weightDecay,
      gradientScale: 1,
      decayEnd: parameters.length,
    });
    (item.after[i] as number[]).forEach((expected, j) => {
      expect(Math.abs((parameters[j] as number) - expected)).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(expected)),
      );
    });
  }
  await run.close();
});

test('adamW() reproduces the published three steps', async () => {
  const run = await FlatUpdate.create(adamW());
  const parameters = Float32Array.of(1);
  const slots = newSlots(run, 1);
  const expected = [0.9899000002, 0.9934620454, 0.9947296058];
  for (const [i, gradient] of [0.5, -1, 0.25].entries()) {
    const state = { parameters, gradients: Float32Array.of(gradient), slots };
    await run.apply(state, {
      step: i + 1,
      learningRate: 0.01,
      weightDecay: 0.01,
      gradientScale: 1,
      decayEnd: 1,
    });
    expect(parameters[0]).toBeCloseTo(expected[i] as number, 6);
  }
  await run.close();
});

test('FlatUpdate decays only the elements before decayEnd', async () => {
  const run = await FlatUpdate.create(sgd());
  const parameters = Float32Array.of(1, 1);
  const state = { parameters, gradients: new Float32Array(2), slots: {} };
  await run.apply(state, { step: 1, learningRate: 0.1, weightDecay: 0.5, gradientScale: 1, decayEnd: 1 });
  expect([...parameters]).toEqual([Math.fround(0.95), 1]);
  await run.close();
});

test('euclideanNorm() and FlatUpdate.accumulate() cover whole chunks and the rest', async () => {
  const run = await FlatUpdate.create(sgd());
  const length = (1 << 17) + 300;
  const values = Float32Array.from({ length }, (_, i) => ((i % 7) - 3) / 8);
  const expected = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  expect(euclideanNorm(values)).toBeCloseTo(expected, 6);
  const target = Float32Array.from(values);
  await run.accumulate(target, values);
  expect(target.every((value, i) => value === 2 * (values[i] as number))).toBe(true);
  values[5] = Number.NaN;
  expect(euclideanNorm(values)).toBeNaN();
  await run.close();
});

test.each(fixture.schedules)(
  'scheduleMultiplier() equals transformers: $name, warm-up $warmup_steps',
  (item) => {
    const name = (['linear', 'cosine'].find((known) => item.name.includes(known)) ??
      'constant') as ScheduleName;
    item.multipliers.forEach((expected, step) => {
      const options = { warmupSteps: item.warmup_steps, totalSteps: item.steps };
      expect(scheduleMultiplier(name, step, options)).toBeCloseTo(expected, 6);
    });
  },
);

test("scheduleMultiplier() from above zero is the reference DPO trainer's min(1, (s + 1) / (warm-up + 1))", () => {
  const options = { warmupSteps: 3, totalSteps: 9, warmupStart: 'above-zero' } as const;
  const rates = [0, 1, 2, 3, 8].map((step) => scheduleMultiplier('constant', step, options));
  expect(rates).toEqual([0.25, 0.5, 0.75, 1, 1]);
});

test('assertInPlaceSafe() refuses an input that may be read after it was overwritten', () => {
  const x = input('x', 'float32', ['N']);
  const y = input('y', 'float32', ['N']);
  const graph = { outputs: { newX: add(x, y), product: mul(x, 2) } };
  expect(() => assertInPlaceSafe(graph, [{ from: 'x', to: 'newX' }])).toThrow(/may read it afterwards/);
  expect(() => assertInPlaceSafe(graph, [{ from: 'y', to: 'newX' }])).not.toThrow();
});

test.each([1, 5, 64, 1003])(
  'the AdamW kernel gives what its graph gives, to the bit, over %i elements',
  async (length) => {
    const run = await FlatUpdate.create(adamW({ betas: [0.8, 0.99], epsilon: 1e-6 }));
    const random = new Random(length);
    const values = () => Float32Array.from({ length }, () => random.normal() * 10 ** (random.below(9) - 6));
    const start = values();
    const plain = { parameters: start.slice(), slots: newSlots(run, length) };
    const vectors = new FlatVectors(length);
    const flat = {
      parameters: vectors.take(),
      slots: { firstMoment: vectors.take(), secondMoment: vectors.take() },
    };
    const flatGradients = vectors.take();
    flat.parameters.set(start);
    for (let step = 1; step <= 4; step++) {
      const gradients = values();
      flatGradients.set(gradients);
      const options = {
        step,
        learningRate: step === 1 ? 0 : 0.02,
        weightDecay: 0.1,
        gradientScale: 0.7,
        decayEnd: length >> 1,
      };
      await run.apply({ ...plain, gradients }, options);
      await run.apply({ ...flat, gradients: flatGradients }, options);
      expect(flat.parameters).toEqual(plain.parameters);
      expect(flat.slots).toEqual(plain.slots);
    }
    await run.close();
  },
);
