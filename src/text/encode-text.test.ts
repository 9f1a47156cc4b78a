// Loss masks of plain text and the boundary between prompt and completion.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InputError } from '../core/index.ts';
import { encodeCompletion, encodePreference } from './encode-completion.ts';
import { encodeText } from './encode-text.ts';
import {
  pieces,
  sentencePieceJson,
  smallTokenizer,
  tokenizerDirectory,
  trainedText,
} from './small-tokenizer.ts';
import { Tokenizer } from './tokenizer.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const tokenizer = await smallTokenizer();
const eos = tokenizer.eosTokenId ?? -1;
const bos = tokenizer.bosTokenId ?? -1;

test('encodeText() trains all but the first token and ends with EOS once', async () => {
  const { ids, trained, promptLength } = await encodeText(tokenizer, 'hello world');
  expect([ids[0], ids.at(-1)]).toEqual([bos, eos]);
  expect(trained).toEqual(ids.map((_, i) => i > 0));
  expect(promptLength).toBe(1);
  const open = await encodeText(tokenizer, 'hello world', { eos: 'none' });
  expect(open.ids).toEqual(ids.slice(0, -1));
});

test('encodeText() does not double an EOS that the text or the tokenizer brings', async () => {
  const typed = await encodeText(tokenizer, 'hello<|im_end|>', { allowSpecialText: true });
  expect(typed.ids.filter((id) => id === eos)).toHaveLength(1);
  const dir = await tokenizerDirectory({
    'tokenizer.json': sentencePieceJson(),
    'tokenizer_config.json': { add_eos_token: true, eos_token: '</s>' },
  });
  const { ids } = await encodeText(await Tokenizer.fromDirectory(dir), 'hi');
  expect(ids.filter((id) => id === 2)).toHaveLength(1);
});

test('encodeText() refuses a second BOS, a second EOS, special text and empty text', async () => {
  const allow = { allowSpecialText: true };
  await expect(encodeText(tokenizer, '<|bos|>hello', allow)).rejects.toThrow('starts with <|bos|> twice');
  await expect(encodeText(tokenizer, 'a<|im_end|><|im_end|>', allow)).rejects.toThrow(
    'ends with <|im_end|> twice',
  );
  await expect(encodeText(tokenizer, 'a<|im_end|>')).rejects.toThrow("special token '<|im_end|>'");
  await expect(encodeText(tokenizer, '')).rejects.toThrow('the text is empty');
});

test('encodeText() refuses a text without a token to train and a tokenizer without EOS', async () => {
  const file = await tokenizerDirectory({ 'tokenizer.json': sentencePieceJson() });
  const bare = await Tokenizer.fromDirectory(file);
  await expect(encodeText(bare, 'hi')).rejects.toThrow('the tokenizer names no EOS token');
  await expect(encodeText(bare, 'hi', { eos: 'none' })).rejects.toThrow('no token would be trained');
});

test('encodeCompletion() splits plain text at the boundary and trains the completion with EOS', async () => {
  const pair = { prompt: 'The quick brown', completion: ' fox jumps 😀' };
  const encoded = await encodeCompletion(tokenizer, pair);
  const prompt = await tokenizer.encodeIds(pair.prompt);
  expect(encoded.ids.slice(0, encoded.promptLength)).toEqual(prompt);
  expect(encoded.trained).toEqual(encoded.ids.map((_, i) => i >= prompt.length));
  expect(trainedText(tokenizer, encoded)).toBe(' fox jumps 😀<|im_end|>');
});

test('encodeCompletion() refuses a token across the boundary, and encodes apart if asked to', async () => {
  const pair = { prompt: 'The lazy ', completion: 'dog' };
  await expect(encodeCompletion(tokenizer, pair)).rejects.toThrow(
    'the token " dog" spans the boundary between prompt and completion; move white space',
  );
  const apart = await encodeCompletion(tokenizer, pair, { boundary: 'separate' });
  expect(trainedText(tokenizer, apart)).toBe('dog<|im_end|>');
  expect(apart.ids.slice(0, apart.promptLength)).toEqual(await tokenizer.encodeIds('The lazy '));
});

test("encodeCompletion() with frame 'eos' adds EOS at the end alone", async () => {
  const pair = { prompt: 'The lazy ', completion: 'dog' };
  const { ids, promptLength } = await encodeCompletion(tokenizer, pair, {
    boundary: 'separate',
    frame: 'eos',
  });
  const [prompt, answer] = await Promise.all(
    [pair.prompt, pair.completion].map((text) => tokenizer.encodeIds(text, { addSpecialTokens: false })),
  );
  expect(ids).toEqual([...(prompt ?? []), ...(answer ?? []), tokenizer.eosTokenId]);
  expect(promptLength).toBe(prompt?.length);
});

test('encodeCompletion() refuses a prompt that is encoded otherwise alone, showing both tokens', async () => {
  const spaced = await trainTokenizer(['line three\n\n', 'line three\n\n'], { vocabSize: 300 });
  const newlines = (await spaced.encodeIds('line\n\n')).at(-1) ?? -1;
  expect(pieces(spaced, [newlines])).toEqual(['\n\n']);
  const failing = encodeCompletion(spaced, { prompt: 'line three\n\n', completion: 'fox' });
  await expect(failing).rejects.toThrow(
    /token \d+: "\\n\\n" \(\d+\) in the prompt alone, "\\n" \(\d+\) in the whole/,
  );
});

test('encodeCompletion() refuses empty completions and mixed kinds, with the location', async () => {
  const location = { file: 'd.jsonl', line: 3 };
  const empty = encodeCompletion(tokenizer, { prompt: 'a', completion: '' }, { location });
  await expect(empty).rejects.toThrow('d.jsonl:3: Cannot encode the example: the completion is empty');
  await expect(empty).rejects.toBeInstanceOf(InputError);
  const mixed = encodeCompletion(tokenizer, {
    prompt: 'a',
    completion: [{ role: 'assistant', content: 'b' }],
  });
  await expect(mixed).rejects.toThrow('one of prompt and completion is text');
});

test('encodeCompletion() sees an unknown token that covers both prompt and completion', async () => {
  const json = sentencePieceJson();
  json.model = { ...(json.model as object), byte_fallback: false };
  const dir = await tokenizerDirectory({
    'tokenizer.json': json,
    'tokenizer_config.json': { unk_token: '<unk>', eos_token: '</s>' },
  });
  const unknown = await Tokenizer.fromDirectory(dir);
  await expect(encodeCompletion(unknown, { prompt: 'ab😀', completion: '👍ab' })).rejects.toThrow(
    'spans the boundary',
  );
});

test('encodeCompletion() either keeps the prompt as a prefix with all of the completion trained, or refuses', async () => {
  const text = fc.string({
    unit: fc.constantFrom(...'aeho lT\n.😀é', ' the', ' dog'),
    minLength: 1,
    maxLength: 12,
  });
  let encodedCount = 0;
  await fc.assert(
    fc.asyncProperty(text, text, async (prompt, completion) => {
      const alone = await tokenizer.encodeIds(prompt);
      const encoded = await encodeCompletion(tokenizer, { prompt, completion }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(InputError);
        return undefined;
      });
      if (encoded === undefined) return;
      encodedCount++;
      const { ids, trained, promptLength } = encoded;
      expect(ids.slice(0, promptLength)).toEqual(alone);
      expect(tokenizer.decode(ids.slice(promptLength))).toBe(completion);
      expect(trained).toEqual(ids.map((_, i) => i >= promptLength));
      expect(ids.indexOf(eos)).toBe(ids.length - 1);
      const joint = await tokenizer.encodeIds(prompt + completion);
      expect(ids.slice(0, -1)).toEqual(joint);
    }),
    { numRuns: 150 },
  );
  expect(encodedCount).toBeGreaterThan(30);
});

test('encodePreference() shares the prompt and refuses equal answers', async () => {
  const pair = { prompt: 'Hello', chosen: ' world', rejected: ' dog' };
  const { chosen, rejected } = await encodePreference(tokenizer, pair);
  expect(chosen.promptLength).toBe(rejected.promptLength);
  expect(chosen.ids.slice(0, chosen.promptLength)).toEqual(rejected.ids.slice(0, rejected.promptLength));
  expect(trainedText(tokenizer, rejected)).toBe(' dog<|im_end|>');
  await expect(encodePreference(tokenizer, { ...pair, rejected: ' world' })).rejects.toThrow(
    'the same tokens',
  );
});
