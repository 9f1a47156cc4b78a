// What stays and what goes when an example is too long.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Encoded } from './encoded.ts';
import { truncate, truncatePair } from './truncate.ts';

/** Prompt ids 100, 101, ... and answer ids 200, 201, ... */
function example(prompt: number, answer: number): Encoded {
  const ids = [
    ...Array.from({ length: prompt }, (_, i) => 100 + i),
    ...Array.from({ length: answer }, (_, i) => 200 + i),
  ];
  return { ids, trained: ids.map((_, i) => i > 0 && i >= prompt), promptLength: prompt };
}

test('truncate() leaves what fits as it is', () => {
  const given = example(3, 4);
  expect(truncate(given, { maxLength: 7 })).toEqual({ encoded: given, cutPrompt: 0, cutAnswer: 0 });
});

test('truncate() keeps the end of the prompt and the start of the answer, and counts', () => {
  const { encoded, cutPrompt, cutAnswer } = truncate(example(6, 6), { maxLength: 8 });
  expect(encoded).toEqual({
    ids: [102, 103, 104, 105, 200, 201, 202, 203],
    trained: [false, false, false, false, true, true, true, true],
    promptLength: 4,
  });
  expect([cutPrompt, cutAnswer]).toEqual([2, 2]);
});

test('truncate() cuts only the prompt if the answer then fits', () => {
  const { encoded, cutAnswer } = truncate(example(7, 2), { maxLength: 8 });
  expect(encoded?.ids).toEqual([101, 102, 103, 104, 105, 106, 200, 201]);
  expect(cutAnswer).toBe(0);
});

test('truncate() keeps a leading BOS', () => {
  const { encoded, cutPrompt } = truncate(example(6, 6), { maxLength: 8, bosTokenId: 100 });
  expect(encoded?.ids).toEqual([100, 103, 104, 105, 200, 201, 202, 203]);
  expect([encoded?.promptLength, cutPrompt]).toEqual([4, 2]);
});

test('truncate() cuts only the end in mode keep-start', () => {
  const { encoded } = truncate(example(6, 6), { maxLength: 8, mode: 'keep-start' });
  expect(encoded?.ids).toEqual([100, 101, 102, 103, 104, 105, 200, 201]);
});

test('truncate() keeps at most maxPromptLength tokens of the prompt', () => {
  const { encoded } = truncate(example(6, 9), { maxLength: 8, maxPromptLength: 2 });
  expect(encoded?.ids).toEqual([104, 105, 200, 201, 202, 203, 204, 205]);
});

test('truncate() refuses, drops or cuts a prompt that fills the context alone', () => {
  const long = example(8, 3);
  expect(() => truncate(long, { maxLength: 8, location: { file: 'x.jsonl', line: 2 } })).toThrow(
    'x.jsonl:2: Cannot shorten the example: its prompt has 8 tokens, the context 8',
  );
  expect(truncate(long, { maxLength: 8, onLongPrompt: 'drop' }).encoded).toBeNull();
  const { encoded } = truncate(long, { maxLength: 8, onLongPrompt: 'cut' });
  expect(encoded?.ids).toEqual([103, 104, 105, 106, 107, 200, 201, 202]);
});

test('truncate() refuses a length that is no positive integer', () => {
  expect(() => truncate(example(1, 1), { maxLength: 0 })).toThrow('maxLength must be a positive integer');
  expect(() => truncate(example(1, 1), { maxLength: Number.NaN })).toThrow('current value is NaN');
});

test('truncatePair() keeps one prompt for both answers', () => {
  const pair = { chosen: example(6, 2), rejected: example(6, 9) };
  const { pair: cut, cutPrompt, cutAnswer } = truncatePair(pair, { maxLength: 8 });
  expect(cut?.chosen.ids).toEqual([102, 103, 104, 105, 200, 201]);
  expect(cut?.rejected.ids).toEqual([102, 103, 104, 105, 200, 201, 202, 203]);
  expect([cutPrompt, cutAnswer]).toEqual([2, 5]);
  expect(
    truncatePair({ chosen: example(9, 1), rejected: example(9, 2) }, { maxLength: 8, onLongPrompt: 'drop' })
      .pair,
  ).toBeNull();
});

test('truncate() keeps the prompt end and the answer start together at any lengths', () => {
  const size = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: 2, max: 25 }),
      fc.boolean(),
      (prompt, answer, maxLength, bos) => {
        const options = { maxLength, onLongPrompt: 'cut', bosTokenId: bos ? 100 : null } as const;
        const { encoded, cutPrompt, cutAnswer } = truncate(example(prompt, answer), options);
        if (encoded === null) return;
        expect(encoded.ids.length).toBe(Math.min(maxLength, prompt + answer));
        expect(encoded.ids[encoded.promptLength]).toBe(200);
        expect(encoded.ids[encoded.promptLength - 1]).toBe(
          encoded.promptLength === 1 && bos && prompt === 1 ? 100 : 99 + prompt,
        );
        expect(encoded.ids.length + cutPrompt + cutAnswer).toBe(prompt + answer);
        expect(encoded.trained.indexOf(true)).toBe(encoded.promptLength);
      },
    ),
  );
});

test('truncate() to a limit of the prompt keeps that much of it however short the answer is', () => {
  const limit = { maxLength: 8, maxPromptLength: 4 };
  const end = truncate(example(7, 2), { ...limit, mode: 'limit-prompt-end' });
  expect(end.encoded?.ids).toEqual([103, 104, 105, 106, 200, 201]);
  expect([end.encoded?.promptLength, end.cutPrompt, end.cutAnswer]).toEqual([4, 3, 0]);
  const start = truncate(example(7, 2), { ...limit, mode: 'limit-prompt-start' });
  expect(start.encoded?.ids).toEqual([100, 101, 102, 103, 200, 201]);
  const bos = truncate(example(7, 2), { ...limit, mode: 'limit-prompt-end', bosTokenId: 100 });
  expect(bos.encoded?.ids).toEqual([100, 104, 105, 106, 200, 201]);
});

test('truncatePair() to a limit of the prompt cuts both answers to what the limit leaves, even beside a shorter prompt', () => {
  const options = { maxLength: 8, maxPromptLength: 5, mode: 'limit-prompt-start' } as const;
  const { pair } = truncatePair({ chosen: example(2, 9), rejected: example(2, 4) }, options);
  expect(pair?.chosen.ids).toEqual([100, 101, 200, 201, 202]);
  expect(pair?.rejected.ids).toEqual([100, 101, 200, 201, 202]);
  const fitting = truncatePair({ chosen: example(7, 3), rejected: example(7, 2) }, options).pair;
  expect(fitting?.chosen.ids).toEqual([100, 101, 102, 103, 104, 200, 201, 202]);
  expect(fitting?.rejected.ids).toEqual([100, 101, 102, 103, 104, 200, 201]);
  expect(() => truncate(example(9, 2), { ...options, maxPromptLength: 8 })).toThrow(/leaves no room/);
});
