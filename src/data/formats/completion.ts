// Formats with one answer per row: text, prompt and completion, messages, Alpaca, ShareGPT, liked-or-not.
import type { Message } from '../../text/index.ts';
import type { Example, Turn } from '../example.ts';
import { RowFault } from '../fault.ts';
import { checkAnswer, checkConversation, checkPrompt } from './conversation.ts';
import {
  asBoolean,
  type Fields,
  optionalString,
  readTools,
  requireField,
  requireList,
  requireString,
  wrongType,
} from './fields.ts';
import { asMessages, type Conversion, type Format, has, withSystem } from './format.ts';
import { isMessages, readMessages } from './messages.ts';

export const textFormat: Format = {
  name: 'text',
  columns: '{text}',
  kind: 'text',
  fits: (fields) => has(fields, 'text') && !has(fields, 'label') && !has(fields, 'prompt'),
  convert(fields, { origin }) {
    const text = requireString(fields, 'text');
    if (text.trim() === '') throw new RowFault('empty', "'text' is empty", 'delete the row');
    return [{ kind: 'text', text, origin }];
  },
};

export const completionFormat: Format = {
  name: 'prompt-completion',
  columns: '{prompt, completion}',
  kind: 'completion',
  fits: (fields) => has(fields, 'completion') || (has(fields, 'prompt') && Object.keys(fields).length === 1),
  convert: (fields, conversion) => [{ kind: 'completion', ...readAnswered(fields, conversion) }],
};

export const messagesFormat: Format = {
  name: 'messages',
  columns: '{messages, tools?}',
  kind: 'chat',
  fits: (fields) => has(fields, 'messages'),
  convert: (fields, { origin }) => [toChat(fields, 'messages', origin)],
};

export const shareGptFormat: Format = {
  name: 'sharegpt',
  columns: '{conversations, system?, tools?}',
  kind: 'chat',
  fits: (fields) => has(fields, 'conversations'),
  convert: (fields, { origin }) => [toChat(fields, 'conversations', origin)],
};

export const alpacaFormat: Format = {
  name: 'alpaca',
  columns: '{instruction, input?, output, history?, system?}',
  kind: 'completion',
  fits: (fields) => has(fields, 'instruction'),
  convert(fields, { origin }) {
    const prompt = readAlpacaPrompt(fields);
    const completion = asMessages(requireString(fields, 'output'), 'assistant');
    checkAnswer(completion, 'output');
    return [{ kind: 'completion', prompt, completion, ...readTools(fields), origin }];
  },
};

export const unpairedFormat: Format = {
  name: 'unpaired',
  columns: '{prompt, completion, label} or {messages, label}',
  kind: 'unpaired',
  fits: (fields) =>
    asBoolean(fields.label) !== undefined &&
    (has(fields, 'completion') || has(fields, 'messages') || has(fields, 'instruction', 'output')),
  convert(fields, conversion) {
    const label = readLabel(fields);
    const { origin } = conversion;
    if (has(fields, 'instruction')) {
      const [example] = alpacaFormat.convert(fields, conversion);
      if (example?.kind === 'completion') return [{ ...example, kind: 'unpaired', label }];
    }
    if (!has(fields, 'messages')) return [{ kind: 'unpaired', ...readAnswered(fields, conversion), label }];
    const messages = readConversation(fields, 'messages');
    const prompt = messages.slice(0, -1);
    return [
      { kind: 'unpaired', prompt, completion: messages.slice(-1), label, ...readTools(fields), origin },
    ];
  },
};

/** The instruction with its input, after the system text and earlier rounds, as messages. */
export function readAlpacaPrompt(fields: Fields): readonly Message[] {
  const input = optionalString(fields, 'input') ?? '';
  const instruction = requireString(fields, 'instruction');
  const earlier = fields.history === undefined ? [] : requireList(fields.history, 'history');
  const rounds = earlier.flatMap((round): Message[] => {
    const [question, answer] = Array.isArray(round) ? (round as unknown[]) : [];
    if (typeof question !== 'string' || typeof answer !== 'string')
      throw wrongType("A round of 'history'", round, 'a list of a question and an answer');
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ];
  });
  const content = input === '' ? instruction : `${instruction}\n${input}`;
  const prompt = withSystem(fields, [...rounds, { role: 'user', content }]);
  if (content.trim() === '')
    throw new RowFault('empty', "'instruction' is empty", 'write it or delete the row');
  return prompt;
}

/** A prompt that is a string or messages; `question` is a chat turn by its meaning. */
export function readPrompt(fields: Fields, asChat: boolean): Turn {
  const name = has(fields, 'prompt') ? 'prompt' : has(fields, 'question') ? 'question' : 'prompt';
  const value = requireField(fields, name);
  const prompt: Turn = isMessages(value) ? readMessages(value, name) : requireString(fields, name);
  const turn = asChat || typeof prompt !== 'string' ? withSystem(fields, asMessages(prompt, 'user')) : prompt;
  if (typeof prompt === 'string') checkPrompt(prompt, name);
  checkPrompt(turn, name);
  return turn;
}

/** An answer that is a string or messages. */
export function readAnswer(fields: Fields, name: string): Turn {
  const value = requireField(fields, name);
  if (isMessages(value)) return readMessages(value, name);
  return requireString(fields, name);
}

function readAnswered(fields: Fields, { origin, asChat }: Conversion) {
  const answer = readAnswer(fields, 'completion');
  const prompt = readPrompt(fields, asChat || typeof answer !== 'string');
  const completion = typeof prompt === 'string' ? answer : asMessages(answer, 'assistant');
  checkAnswer(completion, 'completion');
  return { prompt, completion, ...readTools(fields), origin };
}

function readConversation(fields: Fields, name: string): readonly Message[] {
  const messages = withSystem(fields, readMessages(requireField(fields, name), name));
  checkConversation(messages, name);
  return messages;
}

function toChat(fields: Fields, name: string, origin: Conversion['origin']): Example {
  return { kind: 'chat', messages: readConversation(fields, name), ...readTools(fields), origin };
}

function readLabel(fields: Fields): boolean {
  const label = asBoolean(requireField(fields, 'label'));
  if (label !== undefined) return label;
  throw wrongType("'label'", fields.label, 'true or false');
}
