// What every part of the webhooks works with.
import type { Tables } from '../store/index.ts';
import type { WebhookTables } from './tables.ts';

export type WebhooksContext = {
  readonly tables: Tables<WebhookTables>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How long a receiver may take to answer, in ms. */
  readonly timeoutMs: number;
};
