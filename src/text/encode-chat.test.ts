// Loss masks of conversations, and what is refused.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeChat } from './encode-chat.ts';
import { encodeCompletion } from './encode-completion.ts';
import { smallTokenizer, trainedText, withTemplate } from './small-tokenizer.ts';

const chatml = `{{ bos_token }}{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + (m.content or '') + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;
const plain = await withTemplate(chatml);
const marked = await smallTokenizer();

const chat = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello 😀' },
  { role: 'user', content: 'the dog?' },
  { role: 'assistant', content: 'fox' },
];

test('encodeChat() trains every answer with its end token, by prefixes and by marks', async () => {
  const byPrefix = await encodeChat(plain, chat);
  expect(trainedText(plain, byPrefix)).toBe('Hello 😀<|im_end|>\nfox<|im_end|>\n');
  const byMarks = await encodeChat(marked, chat);
  expect(trainedText(marked, byMarks)).toBe('Hello 😀<|im_end|>fox<|im_end|>');
  expect(byMarks.ids).toEqual(byPrefix.ids);
  expect(byMarks.promptLength).toBe(byPrefix.promptLength);
  expect(byPrefix.trained.indexOf(true)).toBe(byPrefix.promptLength);
  expect(await encodeChat(marked, chat, { mask: 'prefix' })).toEqual(byPrefix);
});

test('encodeChat() has one BOS, the one that the template prints', async () => {
  const { ids } = await encodeChat(plain, chat);
  expect(ids.filter((id) => id === plain.bosTokenId)).toHaveLength(1);
  const doubled = await withTemplate(`{{ bos_token }}${chatml}`);
  await expect(encodeChat(doubled, chat)).rejects.toThrow('starts with <|bos|> twice');
});

test.each([
  ['prefixes', plain],
  ['marks', marked],
] as const)('encodeChat() honours weight 0 and trainOn by %s', async (_, tokenizer) => {
  const weighted = chat.map((message, i) => (i === 2 ? { ...message, weight: 0 as const } : message));
  expect(trainedText(tokenizer, await encodeChat(tokenizer, weighted)).trim()).toBe('fox<|im_end|>');
  const last = await encodeChat(tokenizer, chat, { trainOn: 'last' });
  expect(trainedText(tokenizer, last).trim()).toBe('fox<|im_end|>');
  const all = await encodeChat(tokenizer, chat, { trainOn: 'all' });
  expect(all.trained).toEqual(all.ids.map((_, i) => i > 0));
  expect(all.promptLength).toBe(0);
});

test('encodeChat() refuses a conversation in which nothing is trained', async () => {
  await expect(encodeChat(plain, chat.slice(0, 2))).rejects.toThrow('there is no assistant message');
  const silent = chat.map((message) => ({ ...message, weight: 0 as const }));
  await expect(encodeChat(plain, silent)).rejects.toThrow('every assistant message has weight 0');
  const empty = [...chat.slice(0, 4), { role: 'assistant', content: '' }];
  await expect(encodeChat(plain, empty)).rejects.toThrow('message 5 (assistant): it is empty');
});

test('encodeChat() refuses a prompt that is no prefix of the whole and shows both tokens', async () => {
  const shifting = await withTemplate(
    `{% for m in messages %}{{ m.role + ':' + m.content + '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ 'bot:' }}{% endif %}`,
  );
  await expect(encodeChat(shifting, chat)).rejects.toThrow(
    /they first differ at token \d+: "b" \(\d+\) in the prompt alone, "(a|as.*)" \(\d+\) in the whole; use a chat template/,
  );
});

test('encodeChat() refuses earlier answers that change once more messages follow; the last one can be trained', async () => {
  const forgetful = await withTemplate(
    `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`,
  );
  const thinking = chat.map((message) =>
    message.role === 'assistant' ? { ...message, content: `<think>hm</think>${message.content}` } : message,
  );
  await expect(encodeChat(forgetful, thinking)).rejects.toThrow(
    'Cannot find the end of message 3 (assistant): the chat template writes it differently once more messages follow',
  );
  const last = await encodeChat(forgetful, thinking, { trainOn: 'last' });
  expect(trainedText(forgetful, last)).toBe('<think>hm</think>fox<|im_end|>\n');
});

test('encodeChat() refuses a token that holds both prompt and answer', async () => {
  const tight = await withTemplate(
    `{% for m in messages %}{% if m.role == 'assistant' %}{{ ' ' }}{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}`,
  );
  const messages = [
    { role: 'user', content: 'The lazy' },
    { role: 'assistant', content: 'dog' },
  ];
  await expect(encodeChat(tight, messages)).rejects.toThrow('the token " dog" holds both');
});

test('encodeChat() refuses answers without an end token, or appends EOS', async () => {
  const endless = await withTemplate(
    `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`,
  );
  await expect(encodeChat(endless, chat)).rejects.toThrow('does not end it with a special token');
  const appended = await encodeChat(endless, chat, { eos: 'append' });
  expect(trainedText(endless, appended)).toBe('Hello 😀\nfox\n<|im_end|>');
  const open = await encodeChat(endless, chat, { eos: 'none' });
  expect(open.ids).toEqual(appended.ids.slice(0, -1));
  const once = await encodeChat(plain, chat, { eos: 'append' });
  expect(once.ids).toEqual((await encodeChat(plain, chat)).ids);
});

test('encodeChat() refuses an end token that stands twice', async () => {
  const typed = [...chat.slice(0, 4), { role: 'assistant', content: 'fox<|im_end|>' }];
  await expect(encodeChat(plain, typed, { allowSpecialText: true })).rejects.toThrow(
    'ends with <|im_end|> twice',
  );
});

test('encodeChat() refuses marks that do not fit the messages, and marks that are missing', async () => {
  await expect(encodeChat(plain, chat, { mask: 'generation' })).rejects.toThrow(
    'has no {% generation %} marks',
  );
  const partial = await withTemplate(
    `{% for m in messages %}{% if loop.last %}{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}`,
  );
  await expect(encodeChat(partial, chat)).rejects.toThrow('marks 1 spans for 2 assistant messages');
});

test('encodeCompletion() trains what follows the generation prompt', async () => {
  const example = { prompt: chat.slice(0, 4), completion: chat.slice(4) };
  for (const tokenizer of [plain, marked]) {
    const encoded = await encodeCompletion(tokenizer, example);
    expect(trainedText(tokenizer, encoded)).toBe('fox<|im_end|>\n');
    const prompt = tokenizer.decode(encoded.ids.slice(0, encoded.promptLength), { skipSpecialTokens: false });
    expect(prompt).toMatch(/<\|im_start\|>assistant\n$/);
  }
});

test('encodeCompletion() trains the answers of a longer completion, or all of it', async () => {
  const example = { prompt: chat.slice(0, 2), completion: chat.slice(2) };
  const answers = await encodeCompletion(plain, example);
  expect(trainedText(plain, answers)).toBe('Hello 😀<|im_end|>\nfox<|im_end|>\n');
  const all = await encodeCompletion(plain, example, { trainOn: 'all' });
  expect(all.trained).toEqual(all.ids.map((_, i) => i >= all.promptLength));
  expect(all.promptLength).toBe(answers.promptLength);
});

test('encodeCompletion() passes tools to the template', async () => {
  const tooled = await withTemplate(`{{ tools | tojson }}${chatml}`);
  const tools = [{ name: 'weather' }];
  const { ids } = await encodeCompletion(tooled, {
    prompt: chat.slice(0, 2),
    completion: chat.slice(2, 3),
    tools,
  });
  expect(tooled.decode(ids)).toMatch(/^\[\{"name": "weather"\}\]/);
});

test('encodeChat() trains exactly the answers of any conversation', async () => {
  const content = fc.string({ unit: fc.constantFrom(...'ab \n.😀é', ' the'), minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 3 }), async (turns) => {
      const messages = turns.flatMap(([user, assistant]) => [
        { role: 'user', content: user },
        { role: 'assistant', content: `.${assistant}` },
      ]);
      const expected = turns.map(([, assistant]) => `.${assistant}<|im_end|>\n`).join('');
      const encoded = await encodeChat(plain, messages);
      expect(trainedText(plain, encoded)).toBe(expected);
      expect(encoded.trained).toHaveLength(encoded.ids.length);
    }),
    { numRuns: 60 },
  );
});
