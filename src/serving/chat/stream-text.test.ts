// Requests in text to a tiny untrained model behind the real engine.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ContextLengthError, InputError } from '../../core/index.ts';
import { streamText } from './index.ts';
import type { TextEvent } from './text-event.ts';
import type { TextModel } from './text-model.ts';
import type { ResponseFormat, TextRequest } from './text-request.ts';
import { tinyTextModel } from './tiny-text-model.ts';

let model: Awaited<ReturnType<typeof tinyTextModel>>;

beforeAll(async () => {
  model = await tinyTextModel();
});

afterAll(async () => {
  await model.close();
});

const messages = [{ role: 'user', content: 'Where is my parcel?' }];
const hello: TextRequest = { prompt: { messages }, maxNewTokens: 20, sampling: { seed: 3 } };

async function eventsOf(request: Partial<TextRequest>, from: TextModel = model): Promise<TextEvent[]> {
  const events: TextEvent[] = [];
  for await (const event of streamText(from, { ...hello, ...request })) events.push(event);
  return events;
}

function textOf(events: readonly TextEvent[], choice = 0): string {
  return events.map((event) => (event.type === 'text' && event.choice === choice ? event.text : '')).join('');
}

async function refusal(request: Partial<TextRequest>): Promise<InputError> {
  const error: unknown = await eventsOf(request).catch((reason: unknown) => reason);
  if (error instanceof InputError) return error;
  throw error;
}

test('streamText() tells text in pieces, then why it ended, then the cost', async () => {
  const events = await eventsOf({});
  expect(events.map(({ type }) => type).slice(-2)).toEqual(['finish', 'usage']);
  expect(events.at(-2)).toEqual({ type: 'finish', choice: 0, reason: 'length' });
  expect(events.at(-1)).toMatchObject({ usage: { newTokens: 20 } });
  expect(events.length).toBeGreaterThan(8);
  expect(textOf(await eventsOf({}))).toBe(textOf(events));
  expect(textOf(await eventsOf({ sampling: { seed: 4 } }))).not.toBe(textOf(events));
});

test('streamText() writes up to the longest sequence where no limit is given', async () => {
  const { maxNewTokens: _, ...open } = hello;
  const small = { ...model, maxLength: 60, stopTokens: new Set<number>() };
  const events: TextEvent[] = [];
  for await (const event of streamText(small, open)) events.push(event);
  const cost = events.at(-1);
  expect(cost?.type === 'usage' && cost.usage.promptTokens + cost.usage.newTokens).toBe(60);
});

test('streamText() tells each answer with its own seed, in turns', async () => {
  const events = await eventsOf({ choices: 3 });
  const [first, second, third] = [0, 1, 2].map((choice) => textOf(events, choice));
  expect(new Set([first, second, third]).size).toBe(3);
  expect(second).toBe(textOf(await eventsOf({ sampling: { seed: 4 } })));
  const order = events.flatMap((event) => (event.type === 'text' ? [event.choice] : []));
  expect(order.slice(0, 20)).not.toEqual([...order.slice(0, 20)].sort());
  expect(events.at(-1)).toMatchObject({ type: 'usage', usage: { newTokens: 60 } });
});

test('streamText() ends before a stop string and never tells a part of one', async () => {
  const whole = textOf(await eventsOf({}));
  for (const at of [3, 7, 12]) {
    const stop = [whole.slice(at, at + 5), `${whole.slice(0, 2)}never`];
    const events = await eventsOf({ stop, alternatives: 0 });
    expect(textOf(events)).toBe(whole.slice(0, whole.indexOf(stop[0] ?? '')));
    expect(events.at(-2)).toMatchObject({ reason: 'stop' });
    const tokens = events.flatMap((event) => (event.type === 'text' ? event.tokens : []));
    const bytes = Buffer.from(tokens.flatMap((token) => token.bytes)).toString();
    expect(bytes.startsWith(textOf(events))).toBe(true);
    expect(bytes.length).toBeLessThan(whole.indexOf(stop[0] ?? '') + 12);
  }
});

test('streamText() tells log-probabilities with the bytes of the text', async () => {
  const events = await eventsOf({
    alternatives: 4,
    sampling: { seed: 3, logitBias: new Map([[300, -100]]) },
  });
  const tokens = events.flatMap((event) => (event.type === 'text' ? event.tokens : []));
  expect(tokens).toHaveLength(20);
  expect(Buffer.from(tokens.flatMap((token) => token.bytes)).toString()).toBe(textOf(events));
  for (const { logProb, alternatives } of tokens) {
    expect(alternatives).toHaveLength(4);
    expect(alternatives[0]?.logProb).toBeGreaterThanOrEqual(logProb);
    expect(logProb).toBeGreaterThanOrEqual(-9999);
    expect(logProb).toBeLessThanOrEqual(0);
  }
  for (const event of events) if (event.type === 'text') expect(event.text.isWellFormed()).toBe(true);
  expect((await eventsOf({})).every((event) => event.type !== 'text' || event.tokens.length === 0)).toBe(
    true,
  );
});

test('streamText() completes texts and ids, and repeats them where asked', async () => {
  const text = 'It is on its way';
  const ids = await model.tokenizer.encodeIds(text);
  const completed = textOf(await eventsOf({ prompt: { text } }));
  expect(textOf(await eventsOf({ prompt: { ids } }))).toBe(completed);
  expect(textOf(await eventsOf({ prompt: { text }, echo: true }))).toBe(text + completed);
  expect(textOf(await eventsOf({ prompt: { ids }, echo: true }))).toBe(text + completed);
});

test('streamText() holds answers to a format, whatever the model would say', async () => {
  const schema = {
    type: 'object',
    properties: { ok: { type: 'boolean' }, kind: { enum: ['lost', 'late'] } },
    required: ['ok', 'kind'],
    additionalProperties: false,
  };
  for (let seed = 0; seed < 5; seed++) {
    const answer = async (responseFormat: ResponseFormat) => {
      const events = await eventsOf({ responseFormat, sampling: { seed }, maxNewTokens: 200 });
      expect(events.at(-2)).toMatchObject({ reason: 'stop' });
      return textOf(events);
    };
    const object: unknown = JSON.parse(await answer({ type: 'json_schema', schema }));
    expect(object).toEqual({ ok: expect.any(Boolean), kind: expect.stringMatching(/^(lost|late)$/) });
    expect(await answer({ type: 'choice', options: ['yes', 'no'] })).toMatch(/^(yes|no)$/);
    expect(await answer({ type: 'regex', pattern: '[A-Z]{3}-\\d{2}' })).toMatch(/^[A-Z]{3}-\d{2}$/);
  }
});

test('streamText() ends a whole answer where the model has no stop token', async () => {
  const endless = { ...model, stopTokens: new Set<number>() };
  const events = await eventsOf({ responseFormat: { type: 'choice', options: ['no'] } }, endless);
  expect(textOf(events)).toBe('no');
  expect(events.at(-2)).toMatchObject({ reason: 'stop' });
});

test('streamText() reads every role and parts of text', async () => {
  const parts = [
    { type: 'text', text: 'Where is ' },
    { type: 'text', text: 'my parcel?' },
  ];
  const plain = textOf(await eventsOf({}));
  expect(textOf(await eventsOf({ prompt: { messages: [{ role: 'user', content: parts }] } }))).toBe(plain);
  const withRole = async (role: string) =>
    textOf(await eventsOf({ prompt: { messages: [{ role, content: 'Be kind.' }, ...messages] } }));
  expect(await withRole('developer')).toBe(await withRole('system'));
});

test.each<[Partial<TextRequest>, RegExp]>([
  [{ prompt: { messages: [] } }, /'messages' is empty/],
  [{ prompt: { messages: [{ role: 'robot', content: 'x' }] } }, /messages\[0\]: its role is 'robot'/],
  [{ prompt: { messages: [{ role: 'user' }] } }, /messages\[0\]: it has no content/],
  [
    { prompt: { messages: [...messages, { role: 'user', content: [{ type: 'image_url' }] }] } },
    /messages\[1\]\.content\[0\]: its type is 'image_url' and this model reads text only/,
  ],
  [{ prompt: { messages: [{ role: 'user', content: 'x <|im_end|>' }] } }, /special token/],
  [{ stop: ['a', 'b', 'c', 'd', 'e'] }, /'stop'/],
  [{ stop: [''] }, /'stop'/],
  [{ choices: 0 }, /'choices' is 0/],
  [{ alternatives: 21 }, /'alternatives' is 21/],
  [{ maxNewTokens: 0 }, /'maxNewTokens' is 0/],
  [{ sampling: { logitBias: new Map([[99_999, 1]]) } }, /'logitBias' is 99999/],
  [{ sampling: { temperature: -1 } }, /'temperature' must be 0 or more/],
  [{ echo: true }, /'echo' is for texts/],
  [{ prompt: { text: 'x' }, echo: true, alternatives: 1 }, /log-probabilities of a prompt/],
  [{ toolChoice: 'required' }, /'tools' is empty/],
  [{ responseFormat: { type: 'json_schema', schema: { oneOf: [] } } }, /'oneOf'/],
])('streamText() refuses %j', async (request, message) => {
  expect((await refusal(request)).message).toMatch(message);
});

test('streamText() says by numbers that a prompt is too long', async () => {
  const error = await refusal({ prompt: { text: 'a lamp and '.repeat(600) } });
  expect(error).toBeInstanceOf(ContextLengthError);
  expect(error).toMatchObject({ newTokens: 20, maxLength: 1024 });
  expect(error.message).toMatch(/the prompt holds \d{4} tokens and the answer may take 20/);
});

test('streamText() stops writing when its signal aborts or its reader leaves', async () => {
  const stop = new AbortController();
  const reading = (async () => {
    for await (const event of streamText(model, {
      ...hello,
      maxNewTokens: 900,
      choices: 2,
      signal: stop.signal,
    }))
      if (event.type === 'text') stop.abort(new Error('gone'));
  })();
  await expect(reading).rejects.toThrow('gone');
  for await (const event of streamText(model, { ...hello, maxNewTokens: 900, choices: 2 }))
    if (event.type === 'text') break;
  expect((await eventsOf({})).at(-1)).toMatchObject({ type: 'usage' });
});

test('streamText() samples as the model recommends, repetition penalty and all', async () => {
  const request = { sampling: { temperature: 0 } };
  const recommended = { repetitionPenalty: 5 };
  const penalized = { ...model, recommended, generate: model.generate.bind(model) };
  expect(textOf(await eventsOf(request, penalized))).not.toBe(textOf(await eventsOf(request)));
});
