// Plain completions by the unmodified client, over a tiny model that really answers.
import OpenAI, { type ClientOptions } from 'openai';
import type { Completion, CompletionCreateParams } from 'openai/resources';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyChatModel } from '../../../testing/tiny-chat-model.ts';
import { type OpenAiServer, startOpenAi } from '../../test-support/start-openai.ts';

let server: OpenAiServer;
let ann: OpenAI;
beforeAll(async () => {
  server = await startOpenAi({ writeModel: writeTinyChatModel });
  ann = await clientOf('ann', { maxRetries: 0 });
});
afterAll(() => server.stop());

const clientOf = async (owner: string, more: ClientOptions = {}) =>
  new OpenAI({ ...(await server.access(owner)), ...more });

const basis = { model: 'small', prompt: 'Where is my', max_tokens: 6, seed: 3 };
type Body = Omit<CompletionCreateParams, 'stream'>;
const ask = (more: Partial<Body> = {}): Promise<Completion> =>
  ann.completions.create({ ...basis, ...more, stream: false });
const textsOf = ({ choices }: Completion) => choices.map(({ text }) => text);

async function chunksOf(more: Partial<Body> = {}): Promise<Completion[]> {
  const chunks: Completion[] = [];
  for await (const chunk of await ann.completions.create({ ...basis, ...more, stream: true }))
    chunks.push(chunk);
  return chunks;
}

test('a text is gone on with', async () => {
  const answer = await ask();
  expect(answer).toMatchObject({
    ...{ id: expect.stringMatching(/^cmpl-/), object: 'text_completion', model: 'small' },
    choices: [{ text: expect.any(String), index: 0, logprobs: null, finish_reason: 'length' }],
    usage: { completion_tokens: 6 },
  });
  expect(textsOf(await ask({ echo: true }))).toEqual([`${basis.prompt}${textsOf(answer)[0]}`]);
  const { usage } = await ann.completions.create({
    model: 'small',
    prompt: 'Where',
    logit_bias: { 40: 100 },
  });
  expect(usage?.completion_tokens).toBe(16);
});

test('several prompts, of text or ids, have n answers each, in their order', async () => {
  const [one, two] = await Promise.all([ask({ n: 2 }), ask({ prompt: 'Hello', n: 2 })]);
  const both = await ask({ prompt: [basis.prompt, 'Hello'], n: 2 });
  expect(both.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  expect(textsOf(both)).toEqual([...textsOf(one), ...textsOf(two)]);
  expect(both.usage?.total_tokens).toBe((one.usage?.total_tokens ?? 0) + (two.usage?.total_tokens ?? 0));
  const ids = await ask({ prompt: [[40, 41], [42]] });
  expect(textsOf(ids)).toEqual([
    ...textsOf(await ask({ prompt: [40, 41] })),
    ...textsOf(await ask({ prompt: [42] })),
  ]);
});

test('a stream is the same answers in pieces', async () => {
  const prompt = [basis.prompt, 'Hello'];
  const chunks = await chunksOf({ prompt, n: 2, stream_options: { include_usage: true } });
  const whole = await ask({ prompt, n: 2 });
  const texts = whole.choices.map(({ index }) =>
    chunks
      .flatMap(({ choices }) => choices.filter((choice) => choice.index === index).map(({ text }) => text))
      .join(''),
  );
  expect(texts).toEqual(textsOf(whole));
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 24 } });
  expect(chunks[0]).toMatchObject({ usage: null, object: 'text_completion' });
});

test('log-probabilities are told with their places in the text', async () => {
  const { choices } = await ask({ logprobs: 2, temperature: 0 });
  const logprobs = choices[0]?.logprobs;
  expect(logprobs?.tokens).toHaveLength(6);
  expect(logprobs?.text_offset?.[0]).toBe(0);
  for (const [i, token] of (logprobs?.tokens ?? []).entries()) {
    expect(Object.keys(logprobs?.top_logprobs?.[i] ?? {})).toHaveLength(2);
    expect(logprobs?.top_logprobs?.[i]?.[token]).toBe(logprobs?.token_logprobs?.[i]);
  }
  const streamed = await chunksOf({ logprobs: 2, temperature: 0 });
  expect(streamed.flatMap((chunk) => chunk.choices[0]?.logprobs?.tokens ?? [])).toEqual(logprobs?.tokens);
  expect(streamed.flatMap((chunk) => chunk.choices[0]?.logprobs?.text_offset ?? [])).toEqual(
    logprobs?.text_offset,
  );
});

test.each<[string, object, string]>([
  ['no prompt', { prompt: undefined }, 'prompt'],
  ['no prompts', { prompt: [] }, 'prompt'],
  ['a gap to fill', { suffix: 'end' }, 'suffix'],
  ['answers to rank', { best_of: 3 }, 'best_of'],
  ['log-probabilities of the prompt', { echo: true, logprobs: 1 }, 'echo'],
  ['six alternatives', { logprobs: 6 }, 'logprobs'],
  ['too many answers', { prompt: ['a', 'b'], n: 100 }, 'prompt'],
])('a completion with %s is refused', async (_, more, param) => {
  await expect(ask(more)).rejects.toMatchObject({ status: 400, param });
});

test('best_of as n is taken; one prompt that is too long refuses all', async () => {
  expect((await ask({ n: 2, best_of: 2 })).choices).toHaveLength(2);
  const prompt = ['Hello', 'parcel '.repeat(600)];
  await expect(ask({ prompt })).rejects.toMatchObject({ code: 'context_length_exceeded' });
  await expect(chunksOf({ prompt })).rejects.toMatchObject({ code: 'context_length_exceeded' });
});

test('embeddings are refused: models here write text', async () => {
  await expect(ann.embeddings.create({ model: 'small', input: 'x' })).rejects.toMatchObject({
    ...{ status: 400, code: 'model_not_supported', param: 'model' },
  });
  await expect(ann.embeddings.create({ model: 'none', input: 'x' })).rejects.toMatchObject({ status: 404 });
});
