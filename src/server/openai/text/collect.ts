// Answers as a whole, from the events of their writing.
import type { ScoredTextToken, TextEvent, TextFinish, TextUsage } from '../../../serving/index.ts';

/** A call of a function; `arguments` is JSON text. */
export type WrittenCall = { readonly id: string; readonly name: string; readonly arguments: string };

/** One answer. */
export type WrittenText = {
  readonly text: string;
  readonly tokens: readonly ScoredTextToken[];
  readonly calls: readonly WrittenCall[];
  readonly reason: TextFinish;
};

export type Written = { readonly choices: readonly WrittenText[]; readonly usage: TextUsage };

/** Reads the events to their end. */
export async function collect(events: AsyncIterable<TextEvent>): Promise<Written> {
  const choices: Draft[] = [];
  let usage: TextUsage = { promptTokens: 0, cachedTokens: 0, newTokens: 0 };
  for await (const event of events) {
    if (event.type === 'usage') {
      usage = event.usage;
      continue;
    }
    choices[event.choice] ??= { text: '', tokens: [], calls: [], reason: 'stop' };
    const draft = choices[event.choice];
    if (draft !== undefined) add(draft, event);
  }
  return { choices, usage };
}

type Draft = {
  text: string;
  readonly tokens: ScoredTextToken[];
  readonly calls: { readonly id: string; readonly name: string; arguments: string }[];
  reason: TextFinish;
};

function add(draft: Draft, event: Exclude<TextEvent, { readonly type: 'usage' }>): void {
  if (event.type === 'text') {
    draft.text += event.text;
    draft.tokens.push(...event.tokens);
  } else if (event.type === 'tool-call') {
    draft.calls[event.call] = { id: event.id, name: event.name, arguments: '' };
  } else if (event.type === 'tool-arguments') {
    const call = draft.calls[event.call];
    if (call !== undefined) call.arguments += event.text;
  } else draft.reason = event.reason;
}
