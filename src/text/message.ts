// A chat message as chat templates and the OpenAI formats know it.

/** One turn of a conversation. Members beyond these are handed to the chat template as they are. */
export type Message = {
  readonly role: string;
  readonly content: string | null;
  readonly name?: string;
  readonly tool_calls?: readonly unknown[];
  readonly tool_call_id?: string;
  /** 0 leaves an assistant message untrained (OpenAI's training format). */
  readonly weight?: 0 | 1;
};
