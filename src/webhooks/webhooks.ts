// Webhooks: what happens is told to endpoints that others run, signed, and again until it has arrived.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../store/index.ts';
import type { WebhooksContext } from './context.ts';
import { type DeliveryReport, deliverDue } from './deliver.ts';
import { addEndpoint, listDeliveries, listEndpoints, removeEndpoint, rotateSecret } from './endpoints.ts';
import { enqueue } from './enqueue.ts';
import type {
  Delivery,
  Endpoint,
  EndpointWithSecret,
  NewEndpoint,
  NewEvent,
  OwnerOption,
  WebhookEvent,
} from './entities.ts';
import { prune } from './prune.ts';
import type { WebhookTables } from './tables.ts';

/** The webhooks of one database. */
export interface Webhooks {
  /** Adds an endpoint; its secret is given out here, and by {@link rotate}, alone. @throws InputError */
  add(endpoint: NewEndpoint): Promise<EndpointWithSecret>;
  /** The oldest first, without secrets. */
  list(options?: OwnerOption): Promise<readonly Endpoint[]>;
  /**
   * Gives an endpoint another secret. With `keepPrevious` messages are signed with both for a day, so that the receiver can change
   * over without losing one.
   * @throws NotFoundError
   */
  rotate(
    id: string,
    options?: OwnerOption & { readonly keepPrevious?: boolean },
  ): Promise<EndpointWithSecret>;
  /** Removes an endpoint, and what is under way to it. @throws NotFoundError */
  remove(id: string, options?: OwnerOption): Promise<void>;
  /** How events fare on their way to an endpoint, the newest first; those of the last 30 days. @throws NotFoundError */
  deliveries(id: string, options?: OwnerOption & { readonly limit?: number }): Promise<readonly Delivery[]>;
  /** Puts an event down for every endpoint of its owner that wants its type; {@link deliver} sends it. */
  enqueue(event: NewEvent): Promise<WebhookEvent>;
  /**
   * Sends what is due, until nothing is. What gets no 2xx answer within 10 s is sent again, after 5 s, 10 s, 20 s and so on, for 72
   * hours. Of several processes one has a delivery at a time; where that one dies, another sends it again: a receiver may get an
   * event twice, and knows it by its id.
   */
  deliverDue(options?: { readonly signal?: AbortSignal }): Promise<DeliveryReport>;
  /** Sends what falls due, as it does, until the signal; then it gives up what is under way, which is sent again later. */
  deliver(signal: AbortSignal, options?: DeliverOptions): Promise<void>;
}

/** Options of {@link Webhooks.deliver}. */
export type DeliverOptions = {
  /** Is told what went wrong with the database; a second later it goes on. */
  readonly onError?: (error: unknown) => void;
};

/** Options of {@link openWebhooks}. */
export type WebhooksOptions = {
  /** The clock, in ms since 1970. */
  readonly now?: () => number;
  /** How long a receiver may take to answer, in ms; default: 10,000. */
  readonly timeoutMs?: number;
};

/** The webhooks of a database to which {@link webhooksMigration} was applied. */
export function openWebhooks(
  database: Database,
  { now = Date.now, timeoutMs = 10_000 }: WebhooksOptions = {},
): Webhooks {
  const context: WebhooksContext = { tables: database.tables<WebhookTables>(), now, timeoutMs };
  return {
    add: (endpoint) => addEndpoint(context, endpoint),
    list: (options = {}) => listEndpoints(context, options),
    rotate: (id, options = {}) => rotateSecret(context, id, options),
    remove: (id, options = {}) => removeEndpoint(context, id, options),
    deliveries: (id, options = {}) => listDeliveries(context, id, options),
    enqueue: (event) => enqueue(context, event),
    deliverDue: ({ signal } = {}) => deliverDue(context, signal),
    deliver: (signal, options = {}) => deliverUntil(context, signal, options),
  };
}

/** Between two looks at what is due, in ms. */
const pause = 1_000;
/** Between two removals of what is old, in ms. */
const prunePause = 3_600_000;

async function deliverUntil(
  context: WebhooksContext,
  signal: AbortSignal,
  { onError }: DeliverOptions,
): Promise<void> {
  let pruned = 0;
  while (!signal.aborted) {
    try {
      await deliverDue(context, signal);
      if (context.now() - pruned >= prunePause) {
        await prune(context);
        pruned = context.now();
      }
    } catch (error) {
      onError?.(error);
    }
    // Rejected by the signal, which ends the loop
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
