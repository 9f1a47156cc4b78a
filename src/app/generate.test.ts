// Texts and conversations of a tiny untrained model.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toyPreferences } from '../data/index.ts';
import {
  type ChatEvent,
  Conversation,
  generationOptions,
  openTextModel,
  readPrompts,
  streamTexts,
  type TextModel,
  withSystem,
} from './generate-all.ts';
import { writeBaseModel } from './workflows/quickstart/base-model.ts';
import { quickstartSize } from './workflows/quickstart/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-generate-'));
const directory = join(folder, 'model');
let model: TextModel;

beforeAll(async () => {
  const { train } = toyPreferences({ count: 50, evalCount: 0 });
  await writeBaseModel(directory, train, { size: quickstartSize('tiny'), seed: 3 });
  model = await openTextModel(directory);
});

afterAll(async () => {
  await model[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function texts(prompts: readonly string[], request: Parameters<typeof generationOptions>[1]) {
  const ids = await Promise.all(prompts.map((prompt) => model.encode(prompt, model.usualMode)));
  const results = prompts.map(() => ({ pieces: [] as string[], text: '', finish: '', tokens: 0 }));
  for await (const { prompt, piece, whole } of streamTexts(model, ids, generationOptions(model, request))) {
    const result = results[prompt];
    result?.pieces.push(piece);
    if (result !== undefined && whole !== undefined) Object.assign(result, whole);
  }
  return results;
}

async function ask(conversation: Conversation, text: string, signal?: AbortSignal): Promise<ChatEvent[]> {
  const events: ChatEvent[] = [];
  for await (const event of conversation.ask(text, signal)) events.push(event);
  return events;
}

test('streamTexts() tells the whole text in pieces, for each prompt its own', async () => {
  const [one, two] = await texts(['Hi, I am Ben.', 'Where is my lamp?'], { maxNewTokens: 12, seed: 4 });
  expect(one?.pieces.join('')).toBe(one?.text);
  expect(one?.pieces.length).toBeGreaterThan(2);
  expect(two?.pieces.join('')).toBe(two?.text);
  expect(two?.text).not.toBe(one?.text);
  expect(one).toMatchObject({ finish: 'length', tokens: 12 });
});

test('streamTexts() ends before a stop string and never tells a part of it', async () => {
  const request = { maxNewTokens: 20, temperature: 0 };
  const [whole] = await texts(['Hi, I am Ben.'], request);
  const text = whole?.text ?? '';
  // From the middle of one token into the next
  const stop = text.slice(9, 14);
  const [cut] = await texts(['Hi, I am Ben.'], { ...request, stop: [stop, `${text.slice(0, 3)}never`] });
  expect(cut?.text).toBe(text.slice(0, text.indexOf(stop)));
  expect(cut?.pieces.join('')).toBe(cut?.text);
  expect(cut?.finish).toBe('stop-string');
});

test('generationOptions() takes what is asked, then what the model recommends', () => {
  expect(generationOptions(model, {})).toMatchObject({ temperature: 0.7, topP: 0.95, maxNewTokens: 64 });
  expect(generationOptions(model, { temperature: 0 })).not.toHaveProperty('topP');
  expect(generationOptions(model, { topK: 5, maxNewTokens: 3 })).toMatchObject({ topK: 5, maxNewTokens: 3 });
  expect(() => generationOptions(model, { temperature: 0, topP: 0.5 })).toThrow(
    /top-p and top-k are not read/,
  );
});

test('A model whose generation_config.json asks for greedy decoding is sampled only when asked to', () => {
  const greedy = { ...model, recommended: { stopTokens: [2] } };
  expect(generationOptions(greedy, {}).temperature).toBe(0);
  expect(generationOptions(greedy, { topP: 0.5 })).toMatchObject({ temperature: 0.7, topP: 0.5 });
});

test('encode() puts a prompt into the chat template, or takes it as it is', async () => {
  const decode = async (mode: 'chat' | 'raw') =>
    model.tokenizer.decode(await model.encode('Hi', mode), { skipSpecialTokens: false });
  expect(model.usualMode).toBe('chat');
  expect(await decode('chat')).toBe('<|bos|><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n');
  expect(await decode('raw')).toBe('<|bos|>Hi');
});

test('Conversation.ask() answers and remembers both turns; reset() forgets them', async () => {
  const conversation = new Conversation(model, { maxNewTokens: 6, seed: 1 });
  const events = await ask(conversation, 'Hi, I am Ben.');
  const said = events.map((event) => (event.type === 'piece' ? event.text : '')).join('');
  expect(conversation.messages).toEqual([
    { role: 'user', content: 'Hi, I am Ben.' },
    { role: 'assistant', content: said },
  ]);
  expect(events.at(-1)).toEqual({ type: 'cut', reason: 'length' });
  conversation.reset();
  expect(conversation.messages).toEqual([]);
});

test('Conversation.ask() drops the oldest turns when they no longer fit, and says how many', async () => {
  const conversation = new Conversation(model, { maxNewTokens: 8, seed: 1 });
  const dropped: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    for (const event of await ask(conversation, `Where is the lamp of order ${turn}?`))
      if (event.type === 'dropped') dropped.push(event.messages);
  }
  expect(dropped.length).toBeGreaterThan(0);
  expect(dropped.every((count) => count % 2 === 0)).toBe(true);
  expect(conversation.messages[0]?.role).toBe('user');
  expect(conversation.messages.at(-2)?.content).toBe('Where is the lamp of order 7?');
});

test('Conversation.ask() refuses a message that does not fit and stays as it was', async () => {
  const conversation = new Conversation(model, { system: 'Be kind.' });
  await expect(ask(conversation, 'a lamp and '.repeat(60))).rejects.toThrow(/longest sequence is 128/);
  await expect(ask(conversation, 'Hi <|im_end|>')).rejects.toThrow(/special token/);
  expect(conversation.messages).toEqual([]);
});

test('Conversation.ask() keeps what was written when it is stopped', async () => {
  const conversation = new Conversation(model, { maxNewTokens: 50, seed: 1 });
  const stop = new AbortController();
  let pieces = 0;
  for await (const event of conversation.ask('Hi', stop.signal))
    if (event.type === 'piece' && ++pieces === 3) stop.abort();
  expect(pieces).toBe(3);
  expect(conversation.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
});

test('readPrompts() takes lines of text, and prompts or messages of data files', async () => {
  const text = join(folder, 'prompts.txt');
  writeFileSync(text, 'one\n\n two\r\n');
  expect(await readPrompts(text)).toEqual(['one', ' two']);
  const user = { role: 'user', content: 'Hi' };
  const rows = [
    { prompt: 'one' },
    { prompt: [user] },
    { messages: [user, { role: 'assistant', content: 'Ho' }] },
  ];
  const data = join(folder, 'prompts.jsonl');
  writeFileSync(data, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  expect(await readPrompts(data)).toEqual(['one', [user], [user]]);
  writeFileSync(data, '{"prompt":"one"}\n{"text":"two"}\n');
  await expect(readPrompts(data)).rejects.toThrow(/prompts.jsonl:2: Cannot find a prompt/);
});

test('withSystem() puts the system message first', () => {
  expect(withSystem('Hi', 'Be kind.')).toEqual([
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hi' },
  ]);
  expect(withSystem('Hi', undefined)).toBe('Hi');
});
