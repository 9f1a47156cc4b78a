// What a model tells while it answers.

/** A token as clients see it; `logProb` is at least -9999. */
export type TextToken = {
  /** The token's text; bytes that are no whole character show as U+FFFD. */
  readonly token: string;
  readonly bytes: readonly number[];
  readonly logProb: number;
};

/** A token of the answer with the likeliest ones in its place. */
export type ScoredTextToken = TextToken & { readonly alternatives: readonly TextToken[] };

/** Why an answer ended. */
export type TextFinish = 'stop' | 'length' | 'tool_calls';

/** What a request has cost. */
export type TextUsage = {
  readonly promptTokens: number;
  /** Prompt tokens that were found in the prefix cache. */
  readonly cachedTokens: number;
  /** Tokens of all answers; a stop token counts. */
  readonly newTokens: number;
};

/**
 * One step of an answer; `choice` is the answer's index, and answers come in turns.
 * - `text`: the next piece, whole characters only; `tokens` are those that it finished, where they were asked for
 * - `tool-call`, `tool-arguments`: a call begins; a piece of its arguments as JSON text. Calls count from 0 in each answer
 * - `finish`: the answer is whole
 * - `usage`: the last event of all
 */
export type TextEvent =
  | {
      readonly type: 'text';
      readonly choice: number;
      readonly text: string;
      readonly tokens: readonly ScoredTextToken[];
    }
  | {
      readonly type: 'tool-call';
      readonly choice: number;
      readonly call: number;
      readonly id: string;
      readonly name: string;
    }
  | { readonly type: 'tool-arguments'; readonly choice: number; readonly call: number; readonly text: string }
  | { readonly type: 'finish'; readonly choice: number; readonly reason: TextFinish }
  | { readonly type: 'usage'; readonly usage: TextUsage };
