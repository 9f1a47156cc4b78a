// Chat by the unmodified client, over a tiny model that really answers.
import OpenAI, { type ClientOptions } from 'openai';
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParams } from 'openai/resources';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyChatModel } from '../../../testing/tiny-chat-model.ts';
import { type OpenAiServer, startOpenAi } from '../../test-support/start-openai.ts';
import type { choiceObject } from './completion-object.ts';

const faults: string[] = [];
let server: OpenAiServer;
let ann: OpenAI;
beforeAll(async () => {
  server = await startOpenAi({
    writeModel: writeTinyChatModel,
    serving: { slots: 2, queueLimit: 1 },
    log: ({ error }) => error !== undefined && faults.push(error),
  });
  ann = await clientOf('ann', { maxRetries: 0 });
});
afterAll(() => server.stop());

const clientOf = async (owner: string, more: ClientOptions = {}) =>
  new OpenAI({ ...(await server.access(owner)), ...more });

const messages = [{ role: 'user' as const, content: 'Where is my parcel?' }];
const basis = { model: 'small', messages, max_completion_tokens: 8, seed: 3 };
type Body = Omit<ChatCompletionCreateParams, 'stream'>;
const ask = (more: Partial<Body> = {}): Promise<ChatCompletion> =>
  ann.chat.completions.create({ ...basis, ...more, stream: false });
const stream = (more: Partial<Body> = {}) => ann.chat.completions.create({ ...basis, ...more, stream: true });

async function chunksOf(more: Partial<Body> = {}): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of await stream(more)) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: readonly ChatCompletionChunk[], index = 0) =>
  chunks
    .flatMap(({ choices }) => choices)
    .map((choice) => (choice.index === index ? (choice.delta.content ?? '') : ''))
    .join('');

/** Sends a body that the client's types do not permit. */
const send = (more: object) => ann.post<ChatCompletion>('/chat/completions', { body: { ...basis, ...more } });

test('a chat is answered with its cost', async () => {
  const answer = await ask();
  expect(answer).toEqual({
    ...{ id: expect.stringMatching(/^chatcmpl-/), object: 'chat.completion', model: 'small' },
    ...{ created: expect.any(Number), system_fingerprint: expect.stringMatching(/^fp_/) },
    choices: [
      {
        ...{ index: 0, logprobs: null, finish_reason: 'length' },
        message: { role: 'assistant', content: expect.any(String), refusal: null, annotations: [] },
      },
    ],
    usage: {
      ...{ prompt_tokens: expect.any(Number), completion_tokens: 8, total_tokens: expect.any(Number) },
      prompt_tokens_details: { cached_tokens: expect.any(Number), audio_tokens: 0 },
      completion_tokens_details: {
        ...{ reasoning_tokens: 0, audio_tokens: 0 },
        ...{ accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
      },
    },
    service_tier: 'default',
  });
  const { prompt_tokens = 0, total_tokens } = answer.usage ?? {};
  expect(total_tokens).toBe(prompt_tokens + 8);
  const again = await ask();
  expect(again.choices[0]?.message.content).toBe(answer.choices[0]?.message.content);
  expect(again.system_fingerprint).toBe(answer.system_fingerprint);
});

test('a stream is the same answer in pieces, with its cost at the end where that is asked for', async () => {
  const whole = await ask();
  const chunks = await chunksOf({ stream_options: { include_usage: true } });
  expect(chunks[0]).toMatchObject({
    ...{
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion.chunk',
      model: 'small',
      usage: null,
    },
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }],
  });
  expect(textOf(chunks)).toBe(whole.choices[0]?.message.content);
  expect(chunks.at(-2)?.choices).toMatchObject([{ delta: {}, finish_reason: 'length' }]);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 8 } });
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  const without = await chunksOf();
  expect(without.every((chunk) => !('usage' in chunk))).toBe(true);
  expect(without.at(-1)?.choices[0]?.finish_reason).toBe('length');
});

test('a stream is sent as server-sent events that end with [DONE]', async () => {
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.keyOf('ann')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...basis, stream: true }),
  });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const parts = (await answer.text()).split('\n\n');
  expect(parts.slice(-2)).toEqual(['data: [DONE]', '']);
  for (const part of parts.slice(0, -2)) expect(JSON.parse(part.replace('data: ', ''))).toHaveProperty('id');
});

test('the client’s own helper puts a stream together', async () => {
  const final = await ann.chat.completions.stream({ ...basis, n: 2 }).finalChatCompletion();
  const whole = await ask({ n: 2 });
  expect(final.choices.map(({ message }) => message.content)).toEqual(
    whole.choices.map(({ message }) => message.content),
  );
});

test('several answers differ by their seeds; stop strings end them', async () => {
  const { choices } = await ask({ n: 2, temperature: 1.5 });
  expect(choices.map(({ index }) => index)).toEqual([0, 1]);
  const [text = ''] = choices.map(({ message }) => message.content ?? '');
  expect(choices[1]?.message.content).not.toBe(text);
  const stop = [...text].slice(2, 4).join('');
  const stopped = await ask({ temperature: 1.5, stop });
  expect(stopped.choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { content: text.slice(0, text.indexOf(stop)) },
  });
});

test('log-probabilities are told, in a stream too', async () => {
  const { choices } = await ask({ logprobs: true, top_logprobs: 2, temperature: 0 });
  const content = choices[0]?.logprobs?.content ?? [];
  expect(content).toHaveLength(8);
  for (const { logprob, token, bytes, top_logprobs } of content) {
    expect(top_logprobs).toHaveLength(2);
    expect(top_logprobs[0]).toEqual({ token, logprob, bytes });
    expect(logprob).toBeLessThanOrEqual(0);
  }
  expect(choices[0]?.logprobs?.refusal).toBeNull();
  const streamed = await chunksOf({ logprobs: true, top_logprobs: 2, temperature: 0 });
  expect(streamed.flatMap(({ choices: [choice] }) => choice?.logprobs?.content ?? [])).toEqual(content);
});

test('logit_bias and temperature 0 choose the tokens', async () => {
  const { choices } = await ask({ logit_bias: { 40: 100 }, logprobs: true, temperature: 0 });
  expect(new Set(choices[0]?.logprobs?.content?.map(({ token }) => token)).size).toBe(1);
  const { choices: cold } = await ask({ temperature: 0, top_p: 0 });
  expect(cold[0]?.message.content).toBe((await ask({ temperature: 0, seed: 9 })).choices[0]?.message.content);
});

test('response_format holds an answer to JSON, and to a schema', async () => {
  const schema = {
    ...{ type: 'object', additionalProperties: false, required: ['ok', 'size'] },
    properties: { ok: { type: 'boolean' }, size: { enum: ['small', 'large'] } },
  };
  const { choices } = await ask({
    max_completion_tokens: 100,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
  });
  expect(choices[0]?.finish_reason).toBe('stop');
  expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({
    ok: expect.any(Boolean),
    size: expect.stringMatching(/^(small|large)$/),
  });
  const object = await ask({ response_format: { type: 'json_object' } });
  expect(object.choices[0]?.message.content).toMatch(/^\s*\{/);
});

const weather = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: {
    ...{ type: 'object', additionalProperties: false, required: ['city'] },
    properties: { city: { enum: ['Paris', 'Rome'] } },
  },
};
const calling: Partial<Body> = {
  max_completion_tokens: 120,
  tools: [{ type: 'function', function: weather }],
  tool_choice: { type: 'function', function: { name: 'weather' } },
};

test('a call of a tool is told whole and in pieces, and its result is taken', async () => {
  const { choices } = await ask(calling);
  expect(choices[0]?.finish_reason).toBe('tool_calls');
  const message = choices[0]?.message;
  expect(message).toMatchObject({
    content: null,
    tool_calls: [{ id: expect.stringMatching(/^call_/), type: 'function', function: { name: 'weather' } }],
  });
  const [call] = message?.tool_calls ?? [];
  if (message === undefined || call?.type !== 'function') throw new Error('There is no call');
  expect(JSON.parse(call.function.arguments)).toEqual({ city: expect.stringMatching(/^(Paris|Rome)$/) });

  const streamed = await ann.chat.completions.stream({ ...basis, ...calling }).finalChatCompletion();
  expect(streamed.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ type: 'function', function: call.function }] },
  });
  const { tools = [] } = calling;
  const result = { role: 'tool' as const, tool_call_id: call.id, content: 'Rain' };
  const next = await ask({ messages: [...messages, message, result], tools });
  expect(next.usage?.prompt_tokens).toBeGreaterThan((await ask({ tools })).usage?.prompt_tokens ?? 0);
});

test('functions, the older form of tools, are called in their own form', async () => {
  const older = {
    ...basis,
    max_completion_tokens: 120,
    functions: [weather],
    function_call: { name: 'weather' },
  };
  const { choices } = await ann.chat.completions.create(older);
  expect(choices[0]).toMatchObject({
    finish_reason: 'function_call',
    message: {
      content: null,
      function_call: { name: 'weather', arguments: expect.stringContaining('city') },
    },
  });
  const streamed = await ann.chat.completions.stream(older).finalChatCompletion();
  expect(streamed.choices[0]).toMatchObject({
    finish_reason: 'function_call',
    message: { function_call: choices[0]?.message.function_call },
  });
});

test('what clients send beside is passed over; parts of text are read', async () => {
  const answer = await send({
    ...{ store: true, metadata: { a: 'b' }, user: 'u', service_tier: 'flex', reasoning_effort: 'low' },
    ...{ something_new: { deep: [1] }, modalities: ['text'], parallel_tool_calls: null, stop: null },
    messages: [
      { role: 'developer', content: 'Be brief', annotations: [] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Where is ' },
          { type: 'text', text: 'it?' },
        ],
      },
      {
        role: 'assistant',
        content: 'Here',
        refusal: null,
        audio: null,
        tool_calls: null,
        function_call: null,
      },
      { role: 'user', content: 'Where?' },
    ],
  });
  expect(answer.choices).toHaveLength(1);
});

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });

test.each<[string, object, string | null]>([
  ['no messages', { messages: [] }, 'messages'],
  ['messages that are none', { messages: 'Hello' }, 'messages'],
  ['an unknown role', { messages: [{ role: 'robot', content: 'x' }] }, 'messages[0].role'],
  ['an image', user([{ type: 'image_url', image_url: { url: 'data:' } }]), 'messages[0].content[0].type'],
  ['sound', user([{ type: 'text', text: 'a' }, { type: 'input_audio' }]), 'messages[0].content[1].type'],
  ['audio asked for', { modalities: ['text', 'audio'], audio: { voice: 'x', format: 'wav' } }, 'audio'],
  ['modalities', { modalities: ['audio'] }, 'modalities'],
  ['a prediction', { prediction: { type: 'content', content: 'x' } }, 'prediction'],
  ['a search', { web_search_options: {} }, 'web_search_options'],
  ['too many answers', { n: 129 }, 'n'],
  ['a temperature over 2', { temperature: 2.1 }, 'temperature'],
  ['a text for a number', { temperature: '1' }, 'temperature'],
  ['five stop strings', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
  ['no tokens', { max_completion_tokens: 0 }, 'max_completion_tokens'],
  ['both limits', { max_tokens: 5 }, 'max_tokens'],
  ['top_logprobs alone', { top_logprobs: 2 }, 'top_logprobs'],
  ['21 alternatives', { logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
  ['a bias of 101', { logit_bias: { 5: 101 } }, 'logit_bias.5'],
  ['a bias of a word', { logit_bias: { word: 1 } }, 'logit_bias.word'],
  ['a bias of no token of the model', { logit_bias: { 999999: 1 } }, null],
  ['stream_options without a stream', { stream_options: { include_usage: true } }, 'stream_options'],
  ['another format', { response_format: { type: 'xml' } }, 'response_format.type'],
  [
    'a format without a name',
    { response_format: { type: 'json_schema', json_schema: {} } },
    'response_format.json_schema.name',
  ],
  ['another tool', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools[0].type'],
  ['a choice without tools', { tool_choice: 'required' }, 'tool_choice'],
  ['a choice that is none', { tools: [], tool_choice: { type: 'allowed_tools' } }, 'tool_choice.type'],
  ['both forms of tools', { tools: calling.tools, functions: [weather] }, 'functions'],
])('a chat with %s is refused', async (_, more, param) => {
  const error: unknown = await send(more).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.BadRequestError);
  expect(error).toMatchObject({ param, type: 'invalid_request_error' });
});

test('a prompt that is too long is refused as such, in a stream before it begins', async () => {
  const long = { messages: [{ role: 'user' as const, content: 'parcel '.repeat(600) }] };
  const refusal = { status: 400, code: 'context_length_exceeded' };
  await expect(ask(long)).rejects.toMatchObject(refusal);
  await expect(stream(long)).rejects.toMatchObject(refusal);
});

test('an unknown model, and another owner’s, are not found; a key for training alone may not talk', async () => {
  const unknown = { status: 404, code: 'model_not_found', param: 'model' };
  await expect(ask({ model: 'gpt-4o' })).rejects.toMatchObject(unknown);
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: await server.keyOf('ann', ['train']) });
  await expect(client.chat.completions.create(basis)).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
});

const active = async () => {
  const [model] = await server.services.loadedModels();
  return model === undefined ? 0 : model.running + model.queued;
};

test('a client that goes away in the middle of a stream ends the writing', async () => {
  const long = await stream({ max_completion_tokens: 400, logit_bias: { 40: 50 } });
  for await (const _ of long) break;
  await expect.poll(active).toBe(0);
  expect(faults).toEqual([]);
});

test('a server that is full says when to come again, and the client does', async () => {
  const forever = { ...basis, max_completion_tokens: 480, logit_bias: { 40: 100 } };
  const busy = await Promise.allSettled(
    Array.from({ length: 8 }, () => ann.chat.completions.create(forever)),
  );
  const refused = busy.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused.length).toBeGreaterThan(0);
  for (const error of refused) {
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'requests' });
    expect(Number(error.headers.get('retry-after-ms'))).toBeGreaterThan(0);
    expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const patient = await clientOf('ann', { maxRetries: 20 });
  const all = await Promise.all(Array.from({ length: 8 }, () => patient.chat.completions.create(basis)));
  expect(all).toHaveLength(8);
});

test('choiceObject() has the shape of the client’s types', () => {
  const shape = (
    choice: ReturnType<typeof choiceObject>,
  ): Omit<ChatCompletion.Choice, 'message' | 'logprobs'> => choice;
  expect(shape).toHaveLength(1);
});
