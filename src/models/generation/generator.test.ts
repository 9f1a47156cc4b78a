// Generation against transformers' greedy tokens, against whole passes without a cache, and against itself in batches.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { float32, type HostTensors, input, int64, Session } from '../../engine/index.ts';
import { LoraWeights, loadAdapter } from '../adapters/index.ts';
import { loadModel } from '../checkpoint/index.ts';
import { modelFromConfig } from '../families.ts';
import { initializeParameters } from '../initialize.ts';
import { causalBias } from '../layers/index.ts';
import type { CausalModel } from '../model.ts';
import { newModel } from '../new-model.ts';
import { GraphWeights } from '../weights.ts';
import { Generator, type TokenEvent } from './index.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/parity/', import.meta.url));
const models = ['llama', 'llama_tied', 'llama_bf16_sharded', 'mistral', 'mistral_window', 'qwen2'];

type Expected = {
  readonly greedy: { readonly prompt: readonly number[]; readonly tokens: readonly number[] };
};

test.each(models)('%s: greedy tokens equal those of transformers', async (name) => {
  const { greedy }: Expected = JSON.parse(await readFile(`${fixtures}${name}/expected.json`, 'utf8'));
  await using generator = await openGenerator(name);
  const [completion] = await generator.generate([greedy.prompt], { maxNewTokens: greedy.tokens.length });
  expect(completion?.tokens).toEqual(greedy.tokens);
  expect(completion?.finish).toBe('length');
});

test.each(models)('%s: a batch of many lengths equals its prompts one by one', async (name) => {
  await using generator = await openGenerator(name);
  const prompts = [3, 17, 1, 30, 8].map((length) => ids(length, length));
  const options = { maxNewTokens: 20, stopTokens: Array.from({ length: 12 }, (_, i) => 8 * i + 2) };
  const batch = await generator.generate(prompts, options);
  // Places for two: rows leave and others enter while some are under way.
  const narrow = await generator.generate(prompts, { ...options, maxBatch: 2 });
  const single = await Promise.all(prompts.map((prompt) => generator.generate([prompt], options)));
  const tokens = batch.map((completion) => completion.tokens);
  expect(narrow.map((completion) => completion.tokens)).toEqual(tokens);
  expect(single.map(([completion]) => completion?.tokens)).toEqual(tokens);
  expect(new Set(tokens.map(({ length }) => length)).size).toBeGreaterThan(1);
});

test('Generator: sampling is reproduced by its seed, batched or not', async () => {
  await using generator = await openGenerator('qwen2');
  const prompts = [ids(4, 1), ids(9, 2), ids(2, 3)];
  const options = { maxNewTokens: 12, temperature: 1.5, topK: 40, topP: 0.95, seed: 5 };
  const tokensOf = async (changes: object) =>
    (await generator.generate(prompts, { ...options, ...changes })).map(({ tokens }) => tokens);
  const tokens = await tokensOf({});
  expect(await tokensOf({ maxBatch: 1 })).toEqual(tokens);
  expect(await tokensOf({ seed: 6 })).not.toEqual(tokens);
  expect(await tokensOf({ temperature: 0 })).toEqual(await tokensOf({ topK: 1 }));
});

test('Generator: log-probabilities equal those of a whole pass without cache', async () => {
  const { model, parameters } = await loadModel(`${fixtures}mistral_window`);
  await using generator = new Generator(model, parameters);
  const prompt = ids(5, 1);
  const [completion] = await generator.generate([prompt], { maxNewTokens: 30, alternatives: 2 });
  const tokens = completion?.tokens ?? [];
  const logits = await wholePass(model, parameters, [...prompt, ...tokens]);
  for (const [i, token] of tokens.entries()) {
    const expected = logProbs(logits[prompt.length - 1 + i] as Float32Array);
    expect(completion?.logProbs[i]).toBeCloseTo(expected[token] as number, 5);
    const [first, second] = completion?.alternatives[i] ?? [];
    expect(first).toEqual({ token, logProb: completion?.logProbs[i] });
    expect(second?.logProb).toBeCloseTo([...expected].sort((a, b) => b - a)[1] as number, 5);
  }
});

test('Generator: a prompt longer than one run takes in, and a cache that grows, change nothing', async () => {
  const { model, parameters } = seededModel('maxPositions=1200');
  await using generator = new Generator(model, parameters);
  const prompts = [ids(1100, 5), ids(600, 6)];
  const completions = await generator.generate(prompts, { maxNewTokens: 70 });
  for (const [i, prompt] of prompts.entries()) {
    const tokens = completions[i]?.tokens ?? [];
    const logits = await wholePass(model, parameters, [...prompt, ...tokens]);
    const expected = tokens.map((token, t) => logProbs(logits[prompt.length - 1 + t] as Float32Array)[token]);
    expected.forEach((value, t) => {
      expect(completions[i]?.logProbs[t]).toBeCloseTo(value as number, 4);
    });
  }
});

test('Generator stops at the longest sequence, at stop tokens and at stop strings, and says which', async () => {
  await using generator = await openGenerator('mistral_window');
  const [context] = await generator.generate([ids(60, 1)], { maxNewTokens: 50 });
  expect([context?.finish, context?.tokens.length]).toEqual(['context', 4]);

  const [whole] = await generator.generate([ids(5, 1)], { maxNewTokens: 10 });
  const tokens = whole?.tokens ?? [];
  const at = tokens.findIndex((token, i) => i > 2 && tokens.indexOf(token) === i);
  const [stopped] = await generator.generate([ids(5, 1)], { stopTokens: [tokens[at] as number] });
  expect(stopped).toMatchObject({ finish: 'stop-token', tokens: tokens.slice(0, at) });

  // Each token is its number and a blank, so that the string spans tokens.
  const decode = (generated: readonly number[]) => generated.map((id) => `${id} `).join('');
  const stop = { strings: [`${tokens[3]} ${tokens[4]}`, 'never'], decode };
  const [cut] = await generator.generate([ids(5, 1)], { maxNewTokens: 10, stop });
  expect(cut).toMatchObject({
    finish: 'stop-string',
    stopString: stop.strings[0],
    tokens: tokens.slice(0, 5),
  });
});

test('Generator refuses what it cannot do, and says why', async () => {
  await using generator = await openGenerator('mistral_window');
  const refusal = (prompts: number[][], options = {}) => expect(generator.generate(prompts, options)).rejects;
  await refusal([[1], []]).toThrow('Cannot generate from prompt 1: it holds no token');
  await refusal([ids(64, 1)]).toThrow(
    "it holds 64 tokens, the model's longest sequence is 64 with the answer",
  );
  await refusal([[1, 97]]).toThrow('token 97 is not in the vocabulary of 97');
  await refusal([[1]], { topP: 0 }).toThrow("'topP' must lie above 0 and be at most 1, current value is 0");
  await refusal([[1]], { temperature: Number.NaN }).toThrow("'temperature' must be 0 or more");
  expect(await generator.generate([])).toEqual([]);
});

test('Generator.stream tells tokens as they come, and stops at a signal', async () => {
  await using generator = await openGenerator('llama_tied');
  const controller = new AbortController();
  const seen: TokenEvent[] = [];
  const stream = async () => {
    for await (const event of generator.stream([ids(3, 1), ids(4, 2)], { signal: controller.signal })) {
      seen.push(event);
      if (seen.length === 6) controller.abort(new Error('enough'));
    }
  };
  await expect(stream()).rejects.toThrow('enough');
  expect(seen).toHaveLength(6);
  expect(new Set(seen.map((event) => event.prompt))).toEqual(new Set([0, 1]));
});

test('Generator follows parameters that change in place', async () => {
  const { model, parameters } = seededModel('maxPositions=64');
  await using generator = new Generator(model, parameters);
  const before = await generator.generate([ids(5, 1)], { maxNewTokens: 8 });
  initializeParameters(model, 99, (name) => parameters[name]?.data as Float32Array);
  const after = await generator.generate([ids(5, 1)], { maxNewTokens: 8 });
  expect(after[0]?.logProbs).not.toEqual(before[0]?.logProbs);
});

test('Generator: dynamic rotary scaling is that of the whole sequence', async () => {
  const { model, parameters } = await loadModel(`${fixtures}llama_tied`);
  const scaled = {
    ...model.formatConfig(),
    max_position_embeddings: 16,
    rope_scaling: { rope_type: 'dynamic', factor: 2 },
  };
  const dynamic = modelFromConfig(scaled, 'scaled');
  await using generator = new Generator(dynamic, parameters);
  const completions = await generator.generate([ids(20, 1), ids(4, 2)], { maxNewTokens: 6 });
  const lengths = [26, 10];
  for (const [i, prompt] of [ids(20, 1), ids(4, 2)].entries()) {
    const tokens = completions[i]?.tokens ?? [];
    const logits = await wholePass(dynamic, parameters, [...prompt, ...tokens], lengths[i]);
    const expected = logProbs(logits[prompt.length + 4] as Float32Array)[tokens[5] as number];
    expect(completions[i]?.logProbs[5]).toBeCloseTo(expected as number, 5);
  }
});

test('Generator speaks through an adapter, with the scores of PEFT', async () => {
  const training = JSON.parse(await readFile(`${fixtures}training/sft_lora.json`, 'utf8'));
  const { model, parameters } = await loadModel(`${fixtures}llama`);
  const adapter = await loadAdapter(`${fixtures}training/${training.all.adapter}`, model);
  const all = { ...parameters, ...adapter.parameters };
  await using generator = new Generator(model, all, {
    adapt: (weights) => new LoraWeights(weights, { model, config: adapter.config }),
  });
  const [completion] = await generator.generate(training.all.probe.ids, {
    maxNewTokens: 1,
    alternatives: 101,
  });
  const expected = logProbs(Float32Array.from(training.all.probe.logits[0]));
  for (const { token, logProb } of completion?.alternatives[0] ?? [])
    expect(logProb).toBeCloseTo(expected[token] as number, 4);
  expect(completion?.alternatives[0]).toHaveLength(101);
});

async function openGenerator(name: string): Promise<Generator> {
  const { model, parameters } = await loadModel(fixtures + name);
  return new Generator(model, parameters);
}

/** A small model whose scores are far apart. */
function seededModel(sizes: string): { model: CausalModel; parameters: HostTensors } {
  const model = newModel(
    `new:hiddenSize=32,layers=2,heads=4,keyValueHeads=2,initializerRange=0.4,${sizes}`,
    60,
  );
  const parameters = Object.fromEntries(
    model.parameters.map(({ name, shape }) => [
      name,
      float32(new Float32Array(shape.reduce((a, b) => a * b)), shape),
    ]),
  );
  initializeParameters(model, 3, (name) => parameters[name]?.data as Float32Array);
  return { model, parameters };
}

/** Ids above the special ones, told by a seed. */
function ids(length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => 3 + ((i * i * 7 + i * seed * 11 + seed * 5) % 50));
}

/** Scores at every position, by one graph that knows no cache. */
async function wholePass(
  model: CausalModel,
  parameters: HostTensors,
  row: readonly number[],
  maxPositions = row.length,
): Promise<Float32Array[]> {
  const shape = [1, row.length] as const;
  const weights = new GraphWeights(model.parameters);
  const { hidden } = model.forward(weights, {
    ids: input('ids', 'int64', shape),
    positions: input('positions', 'int64', shape),
    attentionBias: causalBias(row.length, model.slidingWindow),
    maxPositions,
  });
  await using session = await Session.create({ outputs: { logits: model.logits(weights, hidden) } });
  const positions = row.map((_, i) => i);
  const outputs = await session.run({
    ...parameters,
    ids: int64(row, shape),
    positions: int64(positions, shape),
  });
  const data = outputs.logits?.data as Float32Array;
  return row.map((_, i) => data.subarray(i * model.vocabSize, (i + 1) * model.vocabSize));
}

function logProbs(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const normalizer = most + Math.log(logits.reduce((sum, value) => sum + Math.exp(value - most), 0));
  return logits.map((value) => value - normalizer);
}
