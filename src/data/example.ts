// The one type that every data format is converted to.
import type { Message } from '../text/index.ts';

/** Plain text or a list of messages. A string is used verbatim; messages go through the chat template. */
export type Turn = string | readonly Message[];

/**
 * Where an example came from: its file and the line (JSONL, CSV) or record (JSON, Parquet), counted from 1.
 * `unit` is given where the number counts records.
 */
export type Origin = { readonly file: string; readonly line: number; readonly unit?: 'record' };

/** Text to be continued as it is: every token is trained. */
export type TextExample = { readonly kind: 'text'; readonly text: string; readonly origin: Origin };

/** A prompt and the completion to learn; the last messages of a conversation are its completion. */
export type CompletionExample = {
  readonly kind: 'completion';
  readonly prompt: Turn;
  readonly completion: Turn;
  readonly tools?: readonly unknown[];
  readonly origin: Origin;
};

/** A whole conversation: assistant messages are trained (unless their `weight` is 0). */
export type ChatExample = {
  readonly kind: 'chat';
  readonly messages: readonly Message[];
  readonly tools?: readonly unknown[];
  readonly origin: Origin;
};

/** A prompt with a preferred and a dispreferred answer. */
export type PreferenceExample = {
  readonly kind: 'preference';
  readonly prompt: Turn;
  readonly chosen: Turn;
  readonly rejected: Turn;
  readonly tools?: readonly unknown[];
  readonly origin: Origin;
};

/** A prompt with one answer that was liked or not. */
export type UnpairedExample = {
  readonly kind: 'unpaired';
  readonly prompt: Turn;
  readonly completion: Turn;
  readonly label: boolean;
  readonly tools?: readonly unknown[];
  readonly origin: Origin;
};

export type Example = TextExample | CompletionExample | ChatExample | PreferenceExample | UnpairedExample;

/** What examples are wanted for, where one row can serve several objectives. */
export type Purpose = 'sft' | 'preference' | 'unpaired';
