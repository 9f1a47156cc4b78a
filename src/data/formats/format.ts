// What a data format is: how its rows are told from others' and how one becomes examples.
import type { Message } from '../../text/index.ts';
import type { Example, Origin, Purpose, Turn } from '../example.ts';
import { type Fields, optionalString } from './fields.ts';

/** Every format by name. */
export const formatNames = [
  'text',
  'prompt-completion',
  'messages',
  'preference',
  'implicit-preference',
  'hh',
  'sharegpt',
  'sharegpt-preference',
  'alpaca',
  'openai-preference',
  'dpo-service',
  'unpaired',
] as const;

export type FormatName = (typeof formatNames)[number];

/** What one row is converted with. */
export type Conversion = {
  readonly origin: Origin;
  readonly purpose: Purpose | undefined;
  /** Plain strings are chat turns rather than text to be used verbatim. */
  readonly asChat: boolean;
};

export interface Format {
  readonly name: FormatName;
  /** The columns, for messages to users. */
  readonly columns: string;
  /** The kind of example that a row naturally is. */
  readonly kind: Example['kind'];
  /** Whether a row with these columns is meant to be of this format, even if one of them is missing. */
  fits(fields: Fields): boolean;
  /** Throws RowFault. */
  convert(fields: Fields, conversion: Conversion): Example[];
}

/** A turn as a list of messages: a string becomes one message of the role. */
export function asMessages(turn: Turn, role: 'user' | 'assistant'): readonly Message[] {
  return typeof turn === 'string' ? [{ role, content: turn }] : turn;
}

/** The row's system text as the conversation's first message. */
export function withSystem(fields: Fields, messages: readonly Message[]): readonly Message[] {
  const system = optionalString(fields, 'system');
  if (system === undefined || system.trim() === '' || messages[0]?.role === 'system') return messages;
  return [{ role: 'system', content: system }, ...messages];
}

/** Whether all these columns are there. */
export function has(fields: Fields, ...names: readonly string[]): boolean {
  return names.every((name) => fields[name] !== undefined);
}
