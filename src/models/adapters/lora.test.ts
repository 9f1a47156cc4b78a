// LoRA in graphs: the vector of the reference, its parameters, dropout, gradients.
import { expect, test } from 'vitest';
import { Random } from '../../core/index.ts';
import {
  float32,
  gradient,
  type HostTensors,
  input,
  int64,
  mul,
  reduceSum,
  Session,
} from '../../engine/index.ts';
import { initializeParameters } from '../initialize.ts';
import { causalBias } from '../layers/index.ts';
import { newModel } from '../new-model.ts';
import { GraphWeights } from '../weights.ts';
import { dropoutMask } from './dropout.ts';
import { type LoraConfig, loraTargets } from './lora-config.ts';
import { loraParameters } from './lora-parameters.ts';
import { LoraWeights } from './lora-weights.ts';
import { mergeAdapter } from './merge.ts';

const config: LoraConfig = { rank: 1, alpha: 2, dropout: 0, targets: ['proj'], rsLora: false };
const [aName, bName] = ['base_model.model.net.proj.lora_A.weight', 'base_model.model.net.proj.lora_B.weight'];

/** A 'model' of one linear layer, [out, in]. */
function oneLayer(out: number, inner: number) {
  const initializer = { kind: 'zeros' } as const;
  const parameters = [{ name: 'net.proj.weight', shape: [out, inner], initializer, decay: true }];
  return { parameters, linearLayers: ['net.proj'] };
}

// W, A, B with scale 2 give [[2, 1], [3.5, 3.5]].
const vector = {
  'net.proj.weight': float32(Float32Array.of(1, 2, 3, 4), [2, 2]),
  [aName]: float32(Float32Array.of(1, -1), [1, 2]),
  [bName]: float32(Float32Array.of(0.5, 0.25), [2, 1]),
} satisfies HostTensors;
const values = (name: string) => vector[name as keyof typeof vector]?.data as Float32Array;
const identity = float32(Float32Array.of(1, 0, 0, 1), [2, 2]);

async function runVector(settings: Partial<LoraConfig>, feeds: HostTensors = {}): Promise<number[]> {
  const model = oneLayer(2, 2);
  const training = feeds['dropout:net.proj'] !== undefined;
  const base = new GraphWeights(model.parameters);
  const weights = new LoraWeights(base, { model, config: { ...config, ...settings }, training });
  const y = weights.linear('net.proj', input('x', 'float32', ['rows', 2]));
  await using session = await Session.create({ outputs: { y } });
  const { y: result } = await session.run({ ...vector, x: identity, ...feeds });
  return Array.from(result?.data as Float32Array);
}

// Rows of x are unit vectors, so that y is W' transposed.
test('LoraWeights computes W x + alpha / rank B A x', async () => {
  expect(await runVector({})).toEqual([2, 3.5, 1, 3.5]);
});

test('LoraWeights drops elements of the input of A only, by the mask that is fed', async () => {
  const mask = float32(Float32Array.of(0, 0, 0, 2), [2, 2]);
  expect(await runVector({ dropout: 0.5 }, { 'dropout:net.proj': mask })).toEqual([1, 3, 0, 3]);
  expect(await runVector({ dropout: 0.5 })).toEqual([2, 3.5, 1, 3.5]);
});

test('LoraWeights lists its dropout inputs when training only', () => {
  const model = newModel('new:tiny', 64);
  const list = (training: boolean, dropout: number) =>
    new LoraWeights(new GraphWeights(model.parameters), {
      model,
      config: { ...config, dropout, targets: ['layers.0.mlp.down_proj', 'layers.1.self_attn.q_proj'] },
      training,
    }).dropoutInputs;
  const width = (name: string) => model.parameters.find((spec) => spec.name === `${name}.weight`)?.shape[1];
  expect(list(true, 0.1)).toEqual(
    ['model.layers.0.mlp.down_proj', 'model.layers.1.self_attn.q_proj'].map((name) => ({
      name: `dropout:${name}`,
      width: width(name),
    })),
  );
  expect(list(false, 0.1)).toEqual([]);
  expect(list(true, 0)).toEqual([]);
});

test('LoraWeights.used gives what gradients are taken by, and their values are right', async () => {
  const model = oneLayer(2, 2);
  const weights = new LoraWeights(new GraphWeights(model.parameters), { model, config });
  const y = weights.linear('net.proj', input('x', 'float32', [2, 2]));
  expect([...weights.used.keys()]).toEqual([aName, bName]);
  const [a, b] = gradient(reduceSum(y), [...weights.used.values()]);
  await using session = await Session.create({ outputs: { a: a!, b: b! } });
  const result = await session.run({ ...vector, x: identity });
  // d sum(y) / dA = s sum(B) sum_n(x_n), d sum(y) / dB = s sum_n(A x_n)
  expect(Array.from(result.a?.data as Float32Array)).toEqual([1.5, 1.5]);
  expect(Array.from(result.b?.data as Float32Array)).toEqual([0, 0]);
});

test('LoraWeights trains with dropout in graphs of any length, recomputed or not', async () => {
  const [kept, recomputed] = [await tinyGradients(false), await tinyGradients(true)];
  expect(kept.size).toBe(2 * newModel('new:tiny', 64).linearLayers.length);
  for (const [name, values] of kept) {
    expect(values.some((value) => value !== 0)).toBe(true);
    expect(recomputed.get(name)).toEqual(values);
  }
});

/** The gradients of an adapter over a tiny model, in a graph whose batch and length have names. */
async function tinyGradients(recompute: boolean): Promise<Map<string, Float32Array>> {
  const model = newModel('new:tiny', 64);
  const lora: LoraConfig = { ...config, rank: 2, dropout: 0.2, targets: 'all-linear' };
  const weights = new LoraWeights(new GraphWeights(model.parameters), {
    model,
    config: lora,
    training: true,
  });
  const shape = ['batch', 'length'];
  const { hidden } = model.forward(weights, {
    ids: input('ids', 'int64', shape),
    positions: input('positions', 'int64', shape),
    attentionBias: causalBias('length', undefined),
    recompute,
  });
  const logits = model.logits(weights, hidden);
  const names = [...weights.used.keys()];
  const gradients = gradient(reduceSum(mul(logits, logits)), [...weights.used.values()]);
  const outputs = Object.fromEntries(gradients.map((tensor, i) => [`d ${names[i]}`, tensor]));
  await using session = await Session.create({ outputs });
  const random = new Random(1);
  const values = [...model.parameters, ...loraParameters(model, lora)].map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
    return [
      name,
      float32(
        data.map(() => random.normal() * 0.05),
        shape,
      ),
    ] as const;
  });
  const masks = weights.dropoutInputs.map(
    ({ name, width }) => [name, float32(dropoutMask(random, 6 * width, lora.dropout), [6, width])] as const,
  );
  const results = await session.run({
    ...Object.fromEntries([...values, ...masks]),
    ids: int64([1, 2, 3, 4, 5, 6], [2, 3]),
    positions: int64([0, 1, 2, 0, 1, 2], [2, 3]),
  });
  return new Map(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

test('mergeAdapter gives the vector, leaves the base as it is and passes other parameters through', async () => {
  const other = Float32Array.of(7);
  const base = { 'net.proj.weight': Float32Array.of(1, 2, 3, 4), other };
  const merged = mergeAdapter({
    model: oneLayer(2, 2),
    parameters: (name) => base[name as keyof typeof base],
    adapter: { config, parameters: (name) => values(name) },
  });
  expect(Array.from(await merged('net.proj.weight'))).toEqual([2, 1, 3.5, 3.5]);
  expect(Array.from(await merged('net.proj.weight'))).toEqual([2, 1, 3.5, 3.5]);
  expect(await merged('other')).toBe(other);
});

test('mergeAdapter refuses arrays of a wrong size and results that are not finite', async () => {
  const merge = (base: Float32Array) =>
    mergeAdapter({
      model: oneLayer(2, 2),
      parameters: () => base,
      adapter: { config, parameters: (name) => values(name) },
    })('net.proj.weight');
  await expect(merge(new Float32Array(3))).rejects.toThrow(/of 3 elements: it takes 4/);
  await expect(merge(Float32Array.of(1, 2, NaN, 4))).rejects.toThrow(/becomes infinite or NaN/);
});

test('loraParameters names and shapes matrices as PEFT does; A starts uniform in 1 / sqrt(in), B at 0', () => {
  const model = oneLayer(30, 400);
  const parameters = loraParameters(model, { ...config, rank: 8 });
  expect(parameters.map(({ name, shape, decay }) => ({ name, shape, decay }))).toEqual([
    { name: aName, shape: [8, 400], decay: true },
    { name: bName, shape: [30, 8], decay: true },
  ]);
  const memory = new Map([
    [aName, new Float32Array(3200)],
    [bName, new Float32Array(240).fill(1)],
  ]);
  initializeParameters({ parameters }, 1, (name) => memory.get(name) as Float32Array);
  const a = memory.get(aName) as Float32Array;
  expect(Math.max(...a)).toBeGreaterThan(0.0499);
  expect(Math.max(...a)).toBeLessThanOrEqual(0.05);
  expect(Math.min(...a)).toBeLessThan(-0.0499);
  // 3,200 values of deviation 0.05 / sqrt(3): the mean's own is 0.0005.
  expect(Math.abs(a.reduce((sum, value) => sum + value, 0) / 3200)).toBeLessThan(0.002);
  expect(memory.get(bName)?.every((value) => value === 0)).toBe(true);
});

test('loraTargets takes ends of names, whole names and all-linear', () => {
  const model = newModel('new:tiny', 64);
  const targets = (value: LoraConfig['targets']) => loraTargets(model, { ...config, targets: value });
  expect(targets('all-linear')).toEqual(model.linearLayers);
  expect(targets(['v_proj'])).toEqual(model.linearLayers.filter((name) => name.endsWith('.v_proj')));
  expect(targets(['model.layers.1.mlp.up_proj', 'layers.0.self_attn.q_proj'])).toEqual([
    'model.layers.0.self_attn.q_proj',
    'model.layers.1.mlp.up_proj',
  ]);
});

test('loraTargets refuses all that is wrong at once, with the nearest name', () => {
  const model = newModel('new:tiny', 64);
  const wrong = { ...config, rank: 0, alpha: -1, dropout: 1, targets: ['q_pro', 'v_proj', 'v_proj'] };
  expect(() => loraTargets(model, wrong)).toThrow(
    [
      'Cannot build the LoRA adapter: its settings are wrong',
      "  - 'rank' must be an integer of at least 1, current value is 0",
      "  - 'alpha' must be a positive number, current value is -1",
      "  - 'dropout' must be in [0, 1), current value is 1",
      "  - 'targets' names 'q_pro', which the model does not have. Did you mean 'q_proj'?",
      "  - 'targets' names 'v_proj' twice; remove one",
    ].join('\n'),
  );
});

test.each([
  [['embed_tokens'], /no linear layer of the blocks/],
  [['all-linear'], /write it alone/],
  [['model.layers.0.mlp.up_pro'], /Did you mean 'model.layers.0.mlp.up_proj'/],
  [['proj'], /the model does not have/],
  [[], /is empty/],
])('loraTargets refuses %j', (targets, reason) => {
  expect(() => loraTargets(newModel('new:tiny', 64), { ...config, targets })).toThrow(reason);
});

test.each([0.1, 0.5, 0.9])('dropoutMask keeps 1 - %d of the elements, scaled to a mean of 1', (p) => {
  const length = 1_000_001;
  const mask = dropoutMask(new Random(3, 'dropout'), length, p);
  const kept = mask.filter((value) => value !== 0);
  expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - p))]));
  // Five deviations of the count.
  expect(Math.abs(kept.length - length * (1 - p))).toBeLessThan(5 * Math.sqrt(length * p * (1 - p)));
  // Both halves of a draw are used, and independently: neighbours are dropped together as often as chance has it.
  const both = Array.from({ length: 500_000 }, (_, i) => mask[2 * i] === 0 && mask[2 * i + 1] === 0);
  const together = both.filter(Boolean).length / both.length;
  expect(Math.abs(together - p * p)).toBeLessThan(5 * Math.sqrt((p * p * (1 - p * p)) / 500_000));
});

test('dropoutMask repeats by its seed and refuses a probability of 1', () => {
  const mask = () => dropoutMask(new Random(5), 33, 0.3);
  expect(mask()).toEqual(mask());
  expect(dropoutMask(new Random(5), 3, 0)).toEqual(Float32Array.of(1, 1, 1));
  expect(() => dropoutMask(new Random(5), 3, 1)).toThrow(/must be in \[0, 1\)/);
});
