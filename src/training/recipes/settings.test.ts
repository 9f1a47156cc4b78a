// What a configuration leaves open, and that deciding it makes no other run.
import { expect, test } from 'vitest';
import { type TrainSpec, trainSchema } from '../config.ts';
import { identityOf, resolveConfig } from './settings.ts';

const parse = (spec: Partial<TrainSpec>) =>
  trainSchema.parse({ recipe: 'sft', model: 'new:tiny', output: 'run', data: { train: 'a.jsonl' }, ...spec });
const content = { data: 'd', weights: 'w' };

test('resolveConfig() shows the rates and moments that will be used', () => {
  const resolved = resolveConfig(parse({ recipe: 'dpo', model: 'dir', lora: {} }));
  expect(resolved).toMatchObject({
    learning_rate: 1e-5,
    warmup_steps: 0,
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    momentum: null,
    dpo: { loss: 'sigmoid', beta: 0.1 },
    eval_batch_size: null,
  });
});

test('resolveConfig() leaves what is given, and decides the same again', () => {
  const resolved = resolveConfig(parse({ optimizer: 'sgd', learning_rate: 0.5, warmup_ratio: 0.1 }));
  expect(resolved).toMatchObject({ learning_rate: 0.5, momentum: 0, betas: null, warmup_steps: null });
  expect(resolveConfig(resolved)).toEqual(resolved);
});

test('identityOf() takes a resolved configuration for the same run', () => {
  const config = parse({ data: { train: 'a.jsonl', eval: 'b.jsonl' } });
  expect(identityOf(resolveConfig(config), content)).toEqual(identityOf(config, content));
  expect(identityOf({ ...config, learning_rate: 0.5 }, content)).not.toEqual(identityOf(config, content));
});

test('trainSchema refuses a data format that does not exist, where it would be passed over', () => {
  expect(() => parse({ data: { train: 'a.jsonl', format: 'prefrence' as never } })).toThrow('data');
  expect(parse({ data: { train: 'a.jsonl', format: 'preference' } }).data.format).toBe('preference');
});
