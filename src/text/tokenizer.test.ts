// Ids, offsets and files of tokenizers of two kinds.
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../core/index.ts';
import { pieces, sentencePieceJson, smallTokenizer, tokenizerDirectory } from './small-tokenizer.ts';
import { Tokenizer } from './tokenizer.ts';

const tokenizer = await smallTokenizer();
const noSpecial = { addSpecialTokens: false };

test('Tokenizer.encode() gives offsets in UTF-16 units for emoji and combining characters', async () => {
  const text = 'a😀 e\u0301 👩‍👩‍👧!';
  const { ids, offsets } = await tokenizer.encode(text, noSpecial);
  expect(tokenizer.decode(ids)).toBe(text);
  const last = offsets.at(-1);
  expect(last).toEqual([text.length - 1, text.length]);
  // All bytes of the first emoji lie on its two UTF-16 units.
  expect(offsets.filter(([start, end]) => start < 3 && end > 1)).toSatisfy((list: [number, number][]) =>
    list.every(([start, end]) => start === 1 && end === 3),
  );
});

test('Tokenizer.encode() covers any text without gaps and decodes back to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
      fc.pre(text.isWellFormed() && tokenizer.findSpecialText(text) === undefined);
      const { ids, offsets } = await tokenizer.encode(text, noSpecial);
      expect(tokenizer.decode(ids)).toBe(text);
      let covered = 0;
      for (const [start, end] of offsets) {
        expect(start).toBeLessThanOrEqual(covered);
        expect(end).toBeGreaterThanOrEqual(covered);
        covered = end;
      }
      expect(covered).toBe(text.length);
    }),
    { numRuns: 100 },
  );
});

test('Tokenizer.encode() puts BOS before a text, at offset zero, only if asked to', async () => {
  const framed = await tokenizer.encode('hello');
  const bare = await tokenizer.encode('hello', noSpecial);
  expect(framed.ids).toEqual([tokenizer.bosTokenId, ...bare.ids]);
  expect(framed.offsets).toEqual([[0, 0], ...bare.offsets]);
});

test('Tokenizer.encodeBatch() and encodeIdsBatch() agree with encode()', async () => {
  const texts = ['hello world', '', 'naïve 😀'];
  const single = await Promise.all(texts.map((text) => tokenizer.encode(text)));
  expect(await tokenizer.encodeBatch(texts)).toEqual(single);
  expect(await tokenizer.encodeIdsBatch(texts)).toEqual(single.map((tokens) => tokens.ids));
  expect(await tokenizer.encodeIds('hello world')).toEqual(single[0]?.ids);
});

test('Tokenizer.encode() refuses the text of a special token unless it is allowed', async () => {
  await expect(tokenizer.encode('say <|im_end|> now')).rejects.toThrow(InputError);
  await expect(tokenizer.encodeIds('say <|im_end|> now')).rejects.toThrow(
    "special token '<|im_end|>' at character 4",
  );
  const ids = await tokenizer.encodeIds('say <|im_end|> now', { allowSpecialText: true });
  expect(ids).toContain(tokenizer.eosTokenId);
  expect(tokenizer.findSpecialText('x<|im_start|>')).toEqual({ token: '<|im_start|>', index: 1 });
  expect(tokenizer.findSpecialText('im_start')).toBeUndefined();
});

test('Tokenizer.encode() refuses half of a surrogate pair', async () => {
  await expect(tokenizer.encode('a\ud83d')).rejects.toThrow('surrogate');
});

test('Tokenizer.decode() leaves special tokens out unless asked for', async () => {
  const ids = [...(await tokenizer.encodeIds('hello')), tokenizer.eosTokenId ?? -1];
  expect(tokenizer.decode(ids)).toBe('hello');
  expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe('<|bos|>hello<|im_end|>');
});

test('Tokenizer.encode() sees that a token swallowed a space where the file asks for trimmed offsets', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hone-text-'));
  await tokenizer.save(dir);
  const path = join(dir, 'tokenizer.json');
  const json = JSON.parse(await readFile(path, 'utf8'));
  json.post_processor = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
  await writeFile(path, JSON.stringify(json));
  const trimming = await Tokenizer.fromDirectory(dir);
  const { ids, offsets } = await trimming.encode('the dog', noSpecial);
  expect(pieces(trimming, ids).at(-1)).toBe(' dog');
  expect(offsets.at(-1)).toEqual([3, 7]);
});

test('Tokenizer.fromDirectory() reads a sentencepiece-like directory and never truncates', async () => {
  const dir = await tokenizerDirectory({
    'tokenizer.json': sentencePieceJson(),
    'tokenizer_config.json': {
      add_bos_token: true,
      add_eos_token: false,
      bos_token: { content: '<s>' },
      added_tokens_decoder: { '291': { content: '<pad>', special: true } },
    },
    'special_tokens_map.json': { eos_token: '</s>', pad_token: '<pad>', unk_token: '<unk>' },
    'generation_config.json': { eos_token_id: [2, 7] },
    'config.json': { eos_token_id: 9 },
  });
  const llama = await Tokenizer.fromDirectory(dir);
  expect([llama.bosTokenId, llama.eosTokenId, llama.padTokenId, llama.unkTokenId]).toEqual([1, 2, 291, 0]);
  expect(llama.eosTokenIds).toEqual([2, 7, 9]);
  expect(llama.vocabSize).toBe(292);
  expect(llama.specialTokens.map((token) => token.text)).toEqual(['<unk>', '<s>', '</s>', '<pad>']);
  const text = 'hi a😀b: hi abc.';
  const { ids, offsets } = await llama.encode(text);
  expect(llama.decode(ids)).toBe(text);
  expect(ids[0]).toBe(1);
  expect(ids.length).toBeGreaterThan(10);
  expect(offsets.at(-1)).toEqual([text.length - 1, text.length]);
});

test('Tokenizer.fromDirectory() refuses a missing, damaged or contradictory directory', async () => {
  const empty = await tokenizerDirectory({});
  await expect(Tokenizer.fromDirectory(empty)).rejects.toThrow('there is no tokenizer.json');
  const broken = await tokenizerDirectory({ 'tokenizer.json': '{"version": ' });
  await expect(Tokenizer.fromDirectory(broken)).rejects.toThrow('is not JSON');
  const foreign = await tokenizerDirectory({ 'tokenizer.json': { hello: 1 } });
  await expect(Tokenizer.fromDirectory(foreign)).rejects.toThrow(InputError);
  const shifted = await tokenizerDirectory({
    'tokenizer.json': sentencePieceJson(),
    'tokenizer_config.json': { added_tokens_decoder: { '999': { content: '<x>', special: true } } },
  });
  await expect(Tokenizer.fromDirectory(shifted)).rejects.toThrow("gives '<x>' the id 999");
});

test('Tokenizer.fromFile() knows no BOS, EOS or template', async () => {
  const dir = await tokenizerDirectory({ 'tokenizer.json': sentencePieceJson() });
  const bare = await Tokenizer.fromFile(join(dir, 'tokenizer.json'));
  expect([bare.bosTokenId, bare.eosTokenId, bare.padToken]).toEqual([null, null, null]);
  expect(bare.chatTemplates.size).toBe(0);
  await expect(Tokenizer.fromFile(join(dir, 'nothing.json'))).rejects.toThrow(InputError);
});

test('Tokenizer.save() keeps every byte and fromDirectory() gives the same tokenizer', async () => {
  const files = {
    'tokenizer.json': ` ${JSON.stringify(sentencePieceJson(), null, 3)}\n\n`,
    'tokenizer_config.json': '{ "eos_token":"</s>" , "model_max_length": 1e30}',
    'chat_template.jinja': '{{ messages }}\n',
    'vocab.json': '{}',
  };
  const first = await Tokenizer.fromDirectory(await tokenizerDirectory(files));
  const target = join(await mkdtemp(join(tmpdir(), 'hone-text-')), 'new', 'place');
  await first.save(target);
  for (const [name, content] of Object.entries(files)) {
    expect(await readFile(join(target, name), 'utf8')).toBe(content);
  }
  expect((await Tokenizer.fromDirectory(target)).fingerprint).toBe(first.fingerprint);
});

test('Tokenizer.fingerprint changes with the chat template', async () => {
  const other = await tokenizer.withChatTemplate('{{ messages[0].content }}');
  expect(other.fingerprint).not.toBe(tokenizer.fingerprint);
  expect((await smallTokenizer()).fingerprint).toBe(tokenizer.fingerprint);
  const dir = await mkdtemp(join(tmpdir(), 'hone-text-'));
  await other.save(dir);
  const saved = await Tokenizer.fromDirectory(dir);
  expect(saved.chatTemplates.get('default')).toBe('{{ messages[0].content }}');
  expect(saved.fingerprint).toBe(other.fingerprint);
});
