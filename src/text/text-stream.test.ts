// Streamed text is the text of all ids, in whole characters.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentencePieceJson, smallTokenizer, tokenizerDirectory } from './small-tokenizer.ts';
import { TextStream } from './text-stream.ts';
import { Tokenizer } from './tokenizer.ts';

const byteLevel = await smallTokenizer();
const sentencePiece = await Tokenizer.fromDirectory(
  await tokenizerDirectory({ 'tokenizer.json': sentencePieceJson() }),
);

test.each([
  ['byte-level', byteLevel],
  ['sentencepiece', sentencePiece],
] as const)('TextStream.push() gives whole characters that join to the text (%s)', async (_, tokenizer) => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 30 }), async (text) => {
      fc.pre(tokenizer.findSpecialText(text) === undefined && !text.includes('\ufffd'));
      const ids = await tokenizer.encodeIds(text, { addSpecialTokens: false });
      const stream = new TextStream(tokenizer);
      const parts = ids.map((id) => stream.push(id));
      for (const part of parts) expect(part).not.toContain('\ufffd');
      expect(parts.join('') + stream.flush()).toBe(tokenizer.decode(ids));
    }),
  );
});

test('TextStream.push() prints a space that follows a special token', async () => {
  const [hi = -1] = await sentencePiece.encodeIds('hi', { addSpecialTokens: false });
  const stream = new TextStream(sentencePiece);
  expect([hi, 2, hi].map((id) => stream.push(id))).toEqual(['hi', '', ' hi']);
});

test('TextStream.push() goes on after bytes that are no character', async () => {
  const [lead = -1] = await byteLevel.encodeIds('😀', { addSpecialTokens: false });
  const stream = new TextStream(byteLevel);
  let text = '';
  for (let i = 0; i < 40; i++) text += stream.push(lead);
  expect(text.length).toBeGreaterThan(20);
  const letters = await byteLevel.encodeIds('ok', { addSpecialTokens: false });
  for (const id of letters) text += stream.push(id);
  expect(text + stream.flush()).toMatch(/\ufffdok$/);
});

test('TextStream.flush() gives what was held back and starts afresh', async () => {
  const [lead = -1] = await byteLevel.encodeIds('😀', { addSpecialTokens: false });
  const stream = new TextStream(byteLevel);
  expect(stream.push(lead)).toBe('');
  expect(stream.flush()).toBe('\ufffd');
  expect(stream.flush()).toBe('');
});
