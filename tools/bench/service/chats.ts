// Chats as applications hold them: streams and whole answers, long and short, with tools and schemas, some left half-way.
import type { ChatCompletionCreateParams, ChatCompletionTool } from 'openai/resources/chat';
import type { Random } from '../../../src/core/index.ts';
import { type LoadContext, timed, type Work } from './load.ts';

const words = 'where is my parcel it on its way to you please say when the order will arrive'.split(' ');

const weather: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { enum: ['Paris', 'Rome'] } }, required: ['city'] },
  },
};

const schema = {
  type: 'object',
  properties: { found: { type: 'boolean' }, days: { type: 'integer', minimum: 0, maximum: 9 } },
  required: ['found', 'days'],
  additionalProperties: false,
};

/** One chat, of a kind chosen by chance. */
export const chat: Work = async (context) => {
  const kind = context.random.uniform();
  if (kind < 0.1) await answerBySchema(context);
  else if (kind < 0.2) await callTool(context);
  else if (kind < 0.3) await answerWhole(context);
  else if (kind < 0.4) await streamAndLeave(context);
  else await stream(context);
};

/** The same model for most, a tuned one for some, so that adapters are loaded and dropped in between. */
function request({ random, tuned }: LoadContext): Omit<ChatCompletionCreateParams, 'stream'> {
  const model =
    tuned.length > 0 && random.uniform() < 0.2 ? (tuned[random.below(tuned.length)] ?? 'small') : 'small';
  return {
    model,
    messages: [
      { role: 'system', content: 'You answer questions about parcels.' },
      { role: 'user', content: prompt(random) },
    ],
    max_completion_tokens: 8 + random.below(120),
    temperature: random.uniform() < 0.3 ? 0 : 1,
    seed: random.below(1000),
  };
}

function prompt(random: Random): string {
  const length = 3 + random.below(random.uniform() < 0.2 ? 150 : 30);
  return Array.from({ length }, () => words[random.below(words.length)] ?? '').join(' ');
}

async function stream(context: LoadContext): Promise<void> {
  const { client, readings } = context;
  const start = performance.now();
  const parts = await client.chat.completions.create({
    ...request(context),
    ...{ stream: true, stream_options: { include_usage: true } },
  });
  let isFirst = true;
  let reason: string | null = null;
  for await (const { choices, usage } of parts) {
    if (isFirst) readings.time('chat: first token', performance.now() - start);
    isFirst = false;
    reason = choices[0]?.finish_reason ?? reason;
    if (usage) readings.count('tokens', usage.completion_tokens);
  }
  readings.time('chat: whole stream', performance.now() - start);
  if (reason === null) throw new Error('A stream ended without a finish_reason');
}

async function streamAndLeave(context: LoadContext): Promise<void> {
  const { client, random, readings } = context;
  const parts = await client.chat.completions.create({ ...request(context), stream: true });
  let left = random.below(20);
  for await (const _ of parts) if (left-- === 0) break;
  readings.count('streams left half-way');
}

async function answerWhole(context: LoadContext): Promise<void> {
  const { client, random } = context;
  const n = random.uniform() < 0.3 ? 2 : 1;
  const { choices } = await timed(context, 'chat: answer', () =>
    client.chat.completions.create({ ...request(context), n, logprobs: true, stop: ['zzz'] }),
  );
  if (choices.length !== n) throw new Error(`${n} answers were asked for and ${choices.length} came`);
}

async function answerBySchema(context: LoadContext): Promise<void> {
  const { client, readings } = context;
  const { choices } = await timed(context, 'chat: json_schema', () =>
    client.chat.completions.create({
      ...request(context),
      max_completion_tokens: 200,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
    }),
  );
  const [choice] = choices;
  if (choice?.finish_reason === 'length')
    return readings.count('json_schema answers that came to their limit');
  const answer: unknown = JSON.parse(choice?.message.content ?? '');
  if (typeof answer !== 'object' || answer === null || !('found' in answer) || !('days' in answer))
    throw new Error(`An answer does not follow its schema: ${JSON.stringify(answer)}`);
}

async function callTool(context: LoadContext): Promise<void> {
  const { client, readings } = context;
  const { choices } = await timed(context, 'chat: tool call', () =>
    client.chat.completions.create({
      ...request(context),
      ...{ max_completion_tokens: 200, tools: [weather] },
      tool_choice: { type: 'function', function: { name: 'weather' } },
    }),
  );
  const [choice] = choices;
  if (choice?.finish_reason === 'length') return readings.count('tool calls that came to their limit');
  const call = choice?.message.tool_calls?.[0];
  if (call?.type !== 'function') throw new Error(`No tool was called: ${JSON.stringify(choice)}`);
  const { city }: { city?: string } = JSON.parse(call.function.arguments);
  if (city !== 'Paris' && city !== 'Rome') throw new Error(`A tool was called with the city '${city}'`);
}
