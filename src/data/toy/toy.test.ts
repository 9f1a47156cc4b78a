import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { loadExamples } from '../load.ts';
import { type ToyPreference, toyPreferences, toySft, writeToyData } from './index.ts';
import { names, products, topics } from './phrases.ts';

const tokens = (text: string) => text.match(/\w+|[^\w\s]/g) ?? [];
const question = (row: ToyPreference) => row.prompt[0]?.content ?? '';
const find = (words: readonly string[], text: string) =>
  words.find((word) => new RegExp(`\\b${word}\\b`).test(text));

/** The topic whose question template the text was made from, and its product. */
function combination(row: ToyPreference): string {
  const text = question(row);
  const name = find(names, text) ?? '';
  const product = find(products, text) ?? '';
  const plain = text.replace(name, '{name}').replace(product, '{product}').replace(/\d+/, '{order}');
  return `${topics.find((topic) => topic.questions.includes(plain))?.name} ${product}`;
}

test('toyPreferences() is the same for a seed and another for another', () => {
  expect(toyPreferences({ seed: 3 })).toEqual(toyPreferences({ seed: 3 }));
  expect(toyPreferences({ seed: 4 }).train).not.toEqual(toyPreferences({ seed: 3 }).train);
});

test('toyPreferences() gives distinct prompts in small words and short sentences', () => {
  const { train, eval: held } = toyPreferences({ count: 6000, evalCount: 500 });
  const rows = [...train, ...held];
  expect(new Set(rows.map(question)).size).toBe(6500);
  const words = new Set<string>();
  for (const row of rows) {
    const [prompt, chosen, rejected] = [row.prompt, row.chosen, row.rejected].map((turn) =>
      tokens(turn[0]?.content ?? ''),
    );
    for (const word of [...(prompt ?? []), ...(chosen ?? []), ...(rejected ?? [])]) words.add(word);
    expect(prompt?.length).toBeLessThanOrEqual(22);
    expect(chosen?.length).toBeLessThanOrEqual(30);
    expect(rejected?.length).toBeLessThanOrEqual(10);
    expect(chosen?.length).toBeGreaterThan((rejected?.length ?? 0) + 5);
  }
  expect(words.size).toBeLessThan(600);
});

test('toyPreferences() holds out combinations of topic and product, not topics or products', () => {
  const { train, eval: held } = toyPreferences({ count: 7000, evalCount: 1000 });
  const seen = new Set(train.map(combination));
  const unseen = new Set(held.map(combination));
  expect([...unseen].filter((one) => seen.has(one))).toEqual([]);
  expect([...seen, ...unseen].filter((one) => /undefined|\s$/.test(one))).toEqual([]);
  for (const part of [0, 1]) {
    const parts = new Set([...seen].map((one) => one.split(' ')[part]));
    expect([...unseen].filter((one) => !parts.has(one.split(' ')[part]))).toEqual([]);
  }
  expect(unseen.size).toBe(topics.length * 3);
});

test('toyPreferences() answers helpfully with the name and product of the question', () => {
  for (const row of toyPreferences({ count: 500 }).train) {
    const answer = row.chosen[0]?.content ?? '';
    expect(find(names, answer)).toBe(find(names, question(row)));
    expect(find(products, answer)).toBe(find(products, question(row)));
  }
});

test('toyPreferences() refuses more rows than there are', () => {
  expect(() => toyPreferences({ count: 100_000 })).toThrow(InputError);
  expect(() => toyPreferences({ evalCount: -1 })).toThrow(/Cannot make -1 toy rows/);
});

test('toySft() answers half of the questions helpfully and half curtly', () => {
  const { train, eval: held } = toySft({ count: 1000, evalCount: 100 });
  const helpful = train.filter((row) => row.completion[0]?.content.startsWith('Hello'));
  expect(helpful.length).toBe(500);
  expect(held.filter((row) => row.completion[0]?.content.startsWith('Hello')).length).toBe(50);
});

test('writeToyData() writes files that load as examples', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hone-toy-'));
  const files = await writeToyData(directory, { count: 50, evalCount: 5 });
  expect((await readdir(directory)).length).toBe(4);
  const pairs = await loadExamples(files.preferenceTrain, { purpose: 'preference' });
  expect(pairs.length).toBe(50);
  expect(pairs[0]).toMatchObject({ kind: 'preference', origin: { file: files.preferenceTrain, line: 1 } });
  expect((await loadExamples(files.sftEval, { purpose: 'sft' })).length).toBe(5);
  expect((await readFile(files.sftTrain, 'utf8')).endsWith('}\n')).toBe(true);
  await rm(directory, { recursive: true });
});
