// Formats with two answers per row: explicit and implicit pairs, HH transcripts, ShareGPT and OpenAI pairs, the DPO service's.
import type { Message } from '../../text/index.ts';
import type { PreferenceExample, Turn } from '../example.ts';
import { RowFault } from '../fault.ts';
import { isRecord } from '../sources/index.ts';
import { readAlpacaPrompt, readAnswer, readPrompt } from './completion.ts';
import { checkPair, checkPrompt } from './conversation.ts';
import { type Fields, readTools, requireField, wrongType } from './fields.ts';
import { asMessages, type Conversion, type Format, has, withSystem } from './format.ts';
import { readMessages } from './messages.ts';
import { splitSharedMessages, splitSharedText } from './shared-prompt.ts';

type Pair = { readonly prompt: Turn; readonly chosen: Turn; readonly rejected: Turn };

export const preferenceFormat: Format = {
  name: 'preference',
  columns: '{prompt, chosen, rejected}',
  kind: 'preference',
  fits: (fields) =>
    (has(fields, 'chosen') || has(fields, 'rejected')) &&
    (has(fields, 'prompt') || has(fields, 'question') || has(fields, 'instruction')),
  convert(fields, conversion) {
    const chosen = readAnswer(fields, 'chosen');
    const rejected = readAnswer(fields, 'rejected');
    return [toExample(explicitPair(fields, chosen, rejected, conversion), fields, conversion)];
  },
};

export const implicitFormat: Format = {
  name: 'implicit-preference',
  columns: '{chosen, rejected}',
  kind: 'preference',
  fits: (fields) => has(fields, 'chosen') || has(fields, 'rejected'),
  convert(fields, conversion) {
    const chosen = readAnswer(fields, 'chosen');
    const rejected = readAnswer(fields, 'rejected');
    return [toExample(implicitPair(chosen, rejected), fields, conversion)];
  },
};

export const hhFormat: Format = {
  name: 'hh',
  columns: '{chosen, rejected} with Human and Assistant turns',
  kind: 'preference',
  fits: (fields) => isTranscript(fields.chosen) || isTranscript(fields.rejected),
  convert(fields, conversion) {
    const chosen = String(readAnswer(fields, 'chosen'));
    const rejected = String(readAnswer(fields, 'rejected'));
    return [toExample(transcriptPair(chosen, rejected), fields, conversion)];
  },
};

export const shareGptPairFormat: Format = {
  name: 'sharegpt-preference',
  columns: '{conversations, chosen, rejected}',
  kind: 'preference',
  fits: (fields) => has(fields, 'conversations') && (has(fields, 'chosen') || has(fields, 'rejected')),
  convert(fields, conversion) {
    const prompt = withSystem(fields, readMessages(requireField(fields, 'conversations'), 'conversations'));
    checkPrompt(prompt, 'conversations');
    const chosen = asMessages(readAnswer(fields, 'chosen'), 'assistant');
    const rejected = asMessages(readAnswer(fields, 'rejected'), 'assistant');
    return [toExample({ prompt, chosen, rejected }, fields, conversion)];
  },
};

export const openAiPairFormat: Format = {
  name: 'openai-preference',
  columns: '{input: {messages}, preferred_output, non_preferred_output}',
  kind: 'preference',
  fits: (fields) => has(fields, 'preferred_output') || has(fields, 'non_preferred_output'),
  convert(fields, conversion) {
    const input = requireField(fields, 'input');
    if (!isRecord(input)) throw wrongType("'input'", input, 'an object with messages');
    const prompt = readMessages(requireField(input, 'messages'), 'messages');
    checkPrompt(prompt, 'messages');
    const names = ['preferred_output', 'non_preferred_output'] as const;
    const chosen = readMessages(requireField(fields, names[0]), names[0]);
    const rejected = readMessages(requireField(fields, names[1]), names[1]);
    return [toExample({ prompt, chosen, rejected }, input, conversion, names)];
  },
};

/** The pair of a row with a prompt of its own; answers may also be whole conversations that repeat it. */
function explicitPair(fields: Fields, chosen: Turn, rejected: Turn, { asChat }: Conversion): Pair {
  if (isConversation(chosen) && isConversation(rejected)) {
    const pair = splitSharedMessages(chosen, rejected);
    checkPrompt(pair.prompt, 'prompt');
    return { ...pair, prompt: withSystem(fields, pair.prompt) };
  }
  const chat = asChat || typeof chosen !== 'string' || typeof rejected !== 'string';
  const prompt =
    has(fields, 'instruction') && !has(fields, 'prompt')
      ? readAlpacaPrompt(fields)
      : readPrompt(fields, chat);
  if (typeof prompt === 'string') return { prompt, chosen, rejected };
  return { prompt, chosen: asMessages(chosen, 'assistant'), rejected: asMessages(rejected, 'assistant') };
}

/** Messages that begin before the answer. */
function isConversation(turn: Turn): turn is readonly Message[] {
  return typeof turn !== 'string' && turn[0]?.role !== 'assistant';
}

function implicitPair(chosen: Turn, rejected: Turn): Pair {
  if (typeof chosen === 'string' && typeof rejected === 'string') return splitSharedText(chosen, rejected);
  if (typeof chosen === 'string' || typeof rejected === 'string')
    throw new RowFault(
      'wrong-type',
      "One of 'chosen' and 'rejected' is a string, the other a list of messages",
      'make both the same',
    );
  const pair = splitSharedMessages(chosen, rejected);
  checkPrompt(pair.prompt, 'the shared prompt');
  return pair;
}

function toExample(
  pair: Pair,
  tools: Fields,
  { origin }: Conversion,
  names: readonly [string, string] = ['chosen', 'rejected'],
): PreferenceExample {
  checkPair(pair.chosen, pair.rejected, names);
  return { kind: 'preference', ...pair, ...readTools(tools), origin };
}

const assistantMark = '\n\nAssistant:';

function isTranscript(value: unknown): boolean {
  return typeof value === 'string' && /^\s*Human:/.test(value) && value.includes(assistantMark);
}

/** The prompt reaches up to the last assistant mark of the chosen transcript; the rejected one must share it. */
function transcriptPair(chosen: string, rejected: string): Pair {
  const end = chosen.lastIndexOf(assistantMark) + assistantMark.length;
  const prompt = chosen.slice(0, end);
  const answer = rejected.slice(end);
  if (end < assistantMark.length || !rejected.startsWith(prompt) || /\n\n(Human|Assistant):/.test(answer))
    throw new RowFault(
      'no-shared-prompt',
      "'chosen' and 'rejected' do not share the turns before the last answer",
      'make the turns before it equal or delete the row',
    );
  const messages = readTranscript(prompt.slice(0, -assistantMark.length));
  checkPrompt(messages, 'the shared prompt');
  return { prompt: messages, chosen: toAnswer(chosen.slice(end)), rejected: toAnswer(answer) };
}

function toAnswer(text: string): readonly Message[] {
  return [{ role: 'assistant', content: text.trim() }];
}

function readTranscript(text: string): Message[] {
  const parts = `\n\n${text.trim()}`.split(/\n\n(Human|Assistant):/);
  const messages: Message[] = [];
  for (let index = 1; index + 1 < parts.length; index += 2) {
    const role = parts[index] === 'Human' ? 'user' : 'assistant';
    messages.push({ role, content: (parts[index + 1] ?? '').trim() });
  }
  return messages;
}
