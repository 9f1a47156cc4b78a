// What counts as the same prompt: exactly, and with case, punctuation and spacing left aside.
import type { Message } from '../text/index.ts';
import type { Example, Turn } from './example.ts';

/** The text by which examples are grouped: the prompt, a conversation's messages before its first answer, or the text. */
export function promptText(example: Example): string {
  switch (example.kind) {
    case 'text':
      return example.text;
    case 'chat':
      return turnText(beforeAnswer(example.messages));
    default:
      return turnText(example.prompt);
  }
}

/** The text in lower case, compatibility characters unified, without punctuation (signs of arithmetic stay), one space between words. */
export function normaliseText(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+|[\p{S}\-*/%]/gu);
  // A text of punctuation alone has no words to compare by.
  return words === null ? text.trim() : words.join(' ');
}

function turnText(turn: Turn): string {
  if (typeof turn === 'string') return turn;
  return turn.map((message) => `${message.role}: ${message.content ?? ''}`).join('\n');
}

function beforeAnswer(messages: readonly Message[]): readonly Message[] {
  const first = messages.findIndex((message) => message.role === 'assistant');
  return first < 0 ? messages : messages.slice(0, first);
}
