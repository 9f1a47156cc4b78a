// Merges against the published example, and what a new tokenizer promises.
import { expect, test } from 'vitest';
import { InputError } from '../core/index.ts';
import { learnMerges } from './bpe-merges.ts';
import { pieces, smallTokenizer } from './small-tokenizer.ts';
import { trainTokenizer } from './train-tokenizer.ts';

test('learnMerges() merges the most frequent pair first and breaks ties by id', () => {
  // Sennrich et al. (2016), figure 1: low x5, lower x2, newest x6, widest x3.
  const base = [...'deilnorstw'];
  const words = Object.entries({ low: 5, lower: 2, newest: 6, widest: 3 }).map(([word, count]) => ({
    symbols: [...word].map((letter) => base.indexOf(letter)),
    count,
  }));
  const { symbols } = learnMerges(words, { base, size: base.length + 5, minFrequency: 2 });
  expect(symbols.slice(base.length)).toEqual(['es', 'est', 'lo', 'low', 'ew']);
});

test('learnMerges() gives one id to a symbol that two merges make', () => {
  const base = ['a', 'b', 'c'];
  const words = [
    { symbols: [0, 1, 2], count: 1 },
    { symbols: [0, 1], count: 9 },
    { symbols: [1, 2], count: 8 },
    { symbols: [0, 1, 2, 0, 1, 2], count: 3 },
  ];
  const { symbols, merges } = learnMerges(words, { base, size: 50, minFrequency: 1 });
  expect(new Set(symbols).size).toBe(symbols.length);
  expect(merges.length).toBeGreaterThanOrEqual(symbols.length - base.length);
});

test('trainTokenizer() is byte-level, has the wanted size and three different special tokens', async () => {
  const tokenizer = await smallTokenizer({ vocabSize: 300 });
  expect(tokenizer.vocabSize).toBe(300);
  expect(new Set([tokenizer.bosTokenId, tokenizer.eosTokenId, tokenizer.padTokenId]).size).toBe(3);
  const ids = await tokenizer.encodeIds('日本 \u0000 ünï', { addSpecialTokens: false });
  expect(tokenizer.decode(ids)).toBe('日本 \u0000 ünï');
});

test('trainTokenizer() does not depend on the order of the texts', async () => {
  const texts = ['one two two', 'three three three', 'two one'];
  const first = await trainTokenizer(texts, { vocabSize: 280, minFrequency: 1 });
  const second = await trainTokenizer(texts.toReversed(), { vocabSize: 280, minFrequency: 1 });
  expect(second.fingerprint).toBe(first.fingerprint);
  expect(pieces(first, await first.encodeIds(' three'))).toEqual(['<|bos|>', ' three']);
});

test('trainTokenizer() refuses a vocabulary without room, repeated special tokens and no text', async () => {
  await expect(trainTokenizer(['a'], { vocabSize: 100 })).rejects.toThrow('at least 260');
  await expect(trainTokenizer(['a'], { specialTokens: { pad: '<|im_end|>' } })).rejects.toThrow(InputError);
  await expect(trainTokenizer([])).rejects.toThrow('there is no text');
});
