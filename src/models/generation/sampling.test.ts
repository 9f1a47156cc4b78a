// Choosing tokens: frequencies against the exact distribution, limits, penalties, stop strings, recommended options.
import { expect, test } from 'vitest';
import { NumericError, Random } from '../../core/index.ts';
import { parseGenerationConfig } from './index.ts';
import { keepNucleus } from './nucleus.ts';
import { generationSettings } from './options.ts';
import { chooseToken } from './sampling.ts';
import { expOfNegative, largest } from './scores.ts';
import { completedStop } from './stop-strings.ts';

const nothing = { prompt: [], generated: [] };

/** Share of each token in many draws. */
function shares(logits: readonly number[], options: object, draws = 20_000): number[] {
  const settings = generationSettings(options);
  const random = new Random(4);
  const counts = logits.map(() => 0);
  for (let i = 0; i < draws; i++) {
    const { token } = chooseToken(Float32Array.from(logits), settings, { history: nothing, random });
    counts[token] = (counts[token] as number) + 1;
  }
  return counts.map((count) => count / draws);
}

function softmax(logits: readonly number[]): number[] {
  const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
  return logits.map((value) => Math.exp(value) / total);
}

function expectShares(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((share, i) => {
    expect(Math.abs(share - (expected[i] as number))).toBeLessThan(0.015);
  });
}

test('chooseToken samples the tempered distribution', () => {
  const logits = [1, 0, -1, 2, 0.5];
  expectShares(shares(logits, { temperature: 1 }), softmax(logits));
  expectShares(shares(logits, { temperature: 0.5 }), softmax(logits.map((value) => value * 2)));
});

test('chooseToken keeps to the top-k tokens, and to the fewest that reach top-p', () => {
  const logits = [1, 0, -1, 2, 0.5].map((value) => value + 100);
  const only = (kept: readonly number[]) =>
    softmax(logits.map((value, i) => (kept.includes(i) ? value - 100 : -Infinity)));
  expectShares(shares(logits, { temperature: 1, topK: 2 }), only([3, 0]));
  // Shares 0.15 0.06 ... : 3 has 0.54, 3 and 0 have 0.74, with 4 it is 0.86.
  expectShares(shares(logits, { temperature: 1, topP: 0.5 }), only([3]));
  expectShares(shares(logits, { temperature: 1, topP: 0.6 }), only([3, 0]));
  expectShares(shares(logits, { temperature: 1, topP: 0.8 }), only([3, 0, 4]));
  expectShares(shares(logits, { temperature: 1, topK: 2, topP: 0.99 }), only([3, 0]));
});

test('chooseToken: top-p over a large flat vocabulary keeps its share of it', () => {
  const seen = new Set<number>();
  const settings = generationSettings({ temperature: 1, topP: 0.5 });
  const random = new Random(1);
  const logits = new Float32Array(100);
  for (let i = 0; i < 2000; i++) seen.add(chooseToken(logits, settings, { history: nothing, random }).token);
  expect(seen.size).toBe(50);
});

test('chooseToken applies the penalties, and tells log-probabilities without them', () => {
  const logits = Float32Array.from([2, 1.9, -1, 1]);
  const choose = (options: object, history = { prompt: [0], generated: [1, 1] }) =>
    chooseToken(logits, generationSettings(options), { history, random: new Random(0) });
  expect(choose({}).token).toBe(0);
  expect(choose({ repetitionPenalty: 1.5 }).token).toBe(0);
  expect(choose({ repetitionPenalty: 2.5 }).token).toBe(3);
  expect(choose({ presencePenalty: 5 }).token).toBe(0);
  expect(choose({ frequencyPenalty: 0.5 }, { prompt: [], generated: [0, 0, 1] }).token).toBe(1);
  expect(choose({ presencePenalty: 0.5 }, { prompt: [], generated: [0, 0] }).token).toBe(1);
  const plain = Math.log(softmax([...logits])[3] as number);
  expect(choose({ repetitionPenalty: 2.5 }).logProb).toBeCloseTo(plain, 5);
  expect([...logits]).toEqual([...Float32Array.from([2, 1.9, -1, 1])]);
});

test('chooseToken refuses scores that are not numbers', () => {
  const choose = () =>
    chooseToken(Float32Array.from([1, Number.NaN]), generationSettings({}), {
      history: nothing,
      random: new Random(0),
    });
  expect(choose).toThrow(NumericError);
});

test('largest lists the largest values first, lower indices first among equals', () => {
  const random = new Random(2);
  for (let round = 0; round < 50; round++) {
    const values = Float32Array.from({ length: 40 }, () => random.below(9));
    const sorted = [...values.keys()].sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
    for (const count of [1, 2, 7, 40, 50]) expect(largest(values, count)).toEqual(sorted.slice(0, count));
  }
});

test('keepNucleus keeps what sorting keeps, for weights far apart, close together and equal', () => {
  const random = new Random(5);
  for (let round = 0; round < 300; round++) {
    const spread = [0, 1e-7, 0.01, 1, 30][round % 5] as number;
    const exponents = Array.from({ length: 1 + random.below(60) }, () => -spread * random.uniform());
    const weights = Float32Array.from(exponents, (value) => Math.exp(value - Math.max(...exponents)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const share = 0.05 + 0.9 * random.uniform();
    const order = [...weights.keys()].sort(
      (a, b) => (weights[b] as number) - (weights[a] as number) || a - b,
    );
    let sum = 0;
    const kept = new Set<number>();
    for (const i of order) {
      if (sum >= share * total) break;
      kept.add(i);
      sum += weights[i] as number;
    }
    const expected = weights.map((weight, i) => (kept.has(i) ? weight : 0));
    expect(keepNucleus(weights, total, share)).toBeCloseTo(sum, 10);
    expect(weights).toEqual(expected);
  }
});

test('expOfNegative is exp to ten digits, and nothing where that is next to nothing', () => {
  for (let x = -84.9; x <= 0; x += 0.0137) expect(expOfNegative(x) / Math.exp(x)).toBeCloseTo(1, 9);
  expect([expOfNegative(0), expOfNegative(-90), expOfNegative(Number.NEGATIVE_INFINITY)]).toEqual([1, 0, 0]);
  expect(expOfNegative(Number.NaN)).toBeNaN();
});

test('chooseToken adds biases and masks, and refuses where nothing may come', () => {
  const logits = Float32Array.from([2, 1.9, -1, 1]);
  const choose = (logitBias: ReadonlyMap<number, number>, banned: readonly number[] = []) => {
    const mask = (scores: Float32Array) => {
      for (const token of banned) scores[token] = Number.NEGATIVE_INFINITY;
    };
    const context = { history: nothing, random: new Random(0), mask };
    return chooseToken(logits, { ...generationSettings({}), logitBias }, context).token;
  };
  expect(choose(new Map([[1, 0.2]]))).toBe(1);
  expect(choose(new Map([[2, 100]]))).toBe(2);
  expect(choose(new Map([[0, -100]]))).toBe(1);
  expect(choose(new Map([[2, 100]]), [2])).toBe(0);
  // Banned by the caller, but all that the mask permits
  expect(choose(new Map([[3, -100]]), [0, 1, 2])).toBe(3);
  expect(() => choose(new Map(), [0, 1, 2, 3])).toThrow(NumericError);
});

test('completedStop finds the earliest string, however many tokens it spans', () => {
  const decode = (ids: readonly number[]) => Buffer.from(ids).toString('utf8');
  const bytes = (text: string) => [...Buffer.from(text)];
  const stop = { strings: ['END', 'ähm', '</s>'], decode };
  expect(completedStop(stop, bytes('to the EN'))).toBeUndefined();
  expect(completedStop(stop, bytes('to the END'))).toBe('END');
  expect(completedStop(stop, bytes(`${'long '.repeat(50)}ähm`))).toBe('ähm');
  expect(completedStop(stop, bytes('ähm END'))).toBe('ähm');
});

test('parseGenerationConfig reads what transformers means', () => {
  const parse = (json: object) => parseGenerationConfig(json, 'generation_config.json');
  expect(parse({ eos_token_id: 2, temperature: 0.6 })).toEqual({ stopTokens: [2] });
  expect(parse({ eos_token_id: [2, 5], do_sample: true, temperature: 0.6, top_p: 0.9 })).toEqual({
    stopTokens: [2, 5],
    temperature: 0.6,
    topK: 50,
    topP: 0.9,
  });
  expect(parse({ do_sample: true, top_k: 0, max_new_tokens: 9, repetition_penalty: 1.2 })).toEqual({
    stopTokens: [],
    temperature: 1,
    maxNewTokens: 9,
    repetitionPenalty: 1.2,
  });
  expect(() => parse({ top_p: 3 })).toThrow('generation_config.json: ');
});
