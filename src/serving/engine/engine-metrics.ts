// What an engine tells of itself: plain numbers, and one record for each text that ended.
import type { PrefixCacheSize } from './prefix-cache.ts';
import type { Sequence } from './sequence.ts';

/** How a text ended: by itself or as its reader had enough, by its caller's signal, or by an error. */
export type Outcome = 'done' | 'cancelled' | 'failed';

/** A text that has ended. */
export type FinishedText = {
  readonly outcome: Outcome;
  /** Name of its adapter; absent: the base model. */
  readonly adapter?: string;
  /** From its arrival to a slot; absent where it got none. */
  readonly queuedMs?: number;
  /** From its arrival to its first token; absent where it got none. */
  readonly firstTokenMs?: number;
  readonly totalMs: number;
  readonly promptTokens: number;
  /** Of the prompt's tokens, so many were found in the prefix cache. */
  readonly cachedTokens: number;
  readonly newTokens: number;
};

/** An engine at this moment; tokens and texts are counted since its start. */
export type EngineSnapshot = {
  readonly slots: number;
  /** Texts that have a slot. */
  readonly running: number;
  /** Texts that wait for one. */
  readonly queued: number;
  readonly queueLimit: number;
  readonly texts: Readonly<Record<Outcome, number>>;
  /** Tokens of prompts that were run. */
  readonly promptTokens: number;
  /** Tokens of prompts that needed not be run. */
  readonly cachedTokens: number;
  readonly newTokens: number;
  /** Texts that found a part of their prompt in the prefix cache or in their slot, and all that looked. */
  readonly prefixHits: number;
  readonly prefixLookups: number;
  readonly prefixCache: PrefixCacheSize;
};

export class EngineCounters {
  promptTokens = 0;
  cachedTokens = 0;
  newTokens = 0;
  prefixHits = 0;
  prefixLookups = 0;
  readonly texts: Record<Outcome, number> = { done: 0, cancelled: 0, failed: 0 };

  /** A text got a slot that holds so many of its tokens. */
  countLookup(reused: number): void {
    this.prefixLookups++;
    this.cachedTokens += reused;
    if (reused > 0) this.prefixHits++;
  }
}

export function finishedText(
  { request, times, usage }: Sequence,
  outcome: Outcome,
  now: number,
): FinishedText {
  const { arrived, started, firstToken } = times;
  return {
    outcome,
    ...(request.adapter && { adapter: request.adapter.name }),
    ...(started !== undefined && { queuedMs: started - arrived }),
    ...(firstToken !== undefined && { firstTokenMs: firstToken - arrived }),
    totalMs: now - arrived,
    ...usage,
  };
}
