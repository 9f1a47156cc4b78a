// What is asked of a model in text: a conversation to go on with, or a text to complete.
import type { AdapterHandle } from '../engine/slot-runner.ts';
import type { Sampling } from '../engine/token-request.ts';

/** One part of a message. Only text can be read; other types are refused by name. */
export type ContentPart = { readonly type: string; readonly text?: string; readonly refusal?: string };

/** A call of a function in an assistant's message; `arguments` is JSON text. */
export type ToolCall = {
  readonly id?: string;
  readonly type?: string;
  readonly function: { readonly name: string; readonly arguments: string };
};

/** A message as chat clients send it. */
export type ChatMessage = {
  /** system, developer, user, assistant, tool or function. */
  readonly role: string;
  readonly content?: string | readonly ContentPart[] | null;
  readonly name?: string | undefined;
  readonly tool_calls?: readonly ToolCall[] | undefined;
  readonly tool_call_id?: string | undefined;
  /** The older form of one tool call. */
  readonly function_call?: { readonly name: string; readonly arguments: string } | null | undefined;
};

/** A JSON schema as it was sent. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

/** A function that the model may call. */
export type Tool = {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description?: string | undefined;
    /** JSON schema of the arguments; absent: no arguments. */
    readonly parameters?: JsonSchema | undefined;
    /** Refuses a schema that cannot be enforced, instead of writing any object for it. */
    readonly strict?: boolean | null | undefined;
  };
};

/** May the model call functions, must it, and which. */
export type ToolChoice = 'none' | 'auto' | 'required' | { readonly name: string };

/** What form an answer has; anything but `text` is enforced on each token. */
export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | { readonly type: 'json_schema'; readonly schema: JsonSchema }
  | { readonly type: 'choice'; readonly options: readonly string[] }
  | { readonly type: 'regex'; readonly pattern: string };

/** What the answer follows: a conversation, a text as it is, or its tokens. */
export type TextPrompt =
  | {
      readonly messages: readonly ChatMessage[];
      readonly tools?: readonly Tool[];
      /** Further variables of the chat template, such as `enable_thinking`. */
      readonly templateVariables?: Readonly<Record<string, unknown>>;
    }
  | { readonly text: string }
  | { readonly ids: readonly number[] };

/** One request; all answers to it have the same prompt. */
export type TextRequest = {
  readonly prompt: TextPrompt;
  readonly adapter?: AdapterHandle;
  /** Default: auto where there are tools. */
  readonly toolChoice?: ToolChoice;
  /** Several calls in one answer. Default: true. */
  readonly parallelToolCalls?: boolean;
  /** Default: text. */
  readonly responseFormat?: ResponseFormat;
  /** Answers to write (OpenAI's `n`), at most 128. Default: 1. */
  readonly choices?: number;
  /** The answer ends before any of these; four at most. */
  readonly stop?: readonly string[];
  /** Default: up to the model's longest sequence. */
  readonly maxNewTokens?: number;
  /** What is left open, the model recommends. Answer i of several has seed + i; without a seed one is drawn. */
  readonly sampling?: Partial<Sampling>;
  /** Tells log-probabilities, with so many likeliest tokens beside each. Absent: none are told. */
  readonly alternatives?: number;
  /** Tells the prompt's text before each answer; for prompts of text or ids. */
  readonly echo?: boolean;
  readonly signal?: AbortSignal;
};
