// Delivers what is due: claimed, sent, and put down again for later where it did not arrive.
import { Secret } from '../core/index.ts';
import type { WebhooksContext } from './context.ts';
import { type Outcome, send } from './send.ts';
import type { WebhookTables } from './tables.ts';

/** What a round did, in attempts. */
export type DeliveryReport = { readonly delivered: number; readonly failed: number };

/** Sent at once by one process. */
const batch = 16;
/** How long a claim outlasts the longest attempt, in ms: for slow writes, and for hosts whose clocks differ. */
const claimMargin = 50_000;
/** From the event on, in ms: then its delivery is given up. */
const givenUpAfter = 72 * 3_600_000;
const firstDelay = 5_000;
const longestDelay = 6 * 3_600_000;

/** Delivers until nothing is due. Several processes may: each delivery is one's at a time. */
export async function deliverDue(context: WebhooksContext, signal?: AbortSignal): Promise<DeliveryReport> {
  let [delivered, failed] = [0, 0];
  while (!signal?.aborted) {
    const claimed = await claim(context);
    if (claimed.length === 0) break;
    const arrived = await Promise.all(claimed.map((one) => deliver(context, one, signal)));
    for (const has of arrived) {
      if (has) delivered++;
      else failed++;
    }
  }
  return { delivered, failed };
}

/** A delivery that is this process's until `due_at`, by the number of its attempt. */
type Claimed = { readonly event: string; readonly endpoint: string; readonly attempt: number };

async function claim({ tables, now, timeoutMs }: WebhooksContext): Promise<readonly Claimed[]> {
  const at = now();
  const isDue = tables.db.selectFrom('webhook_deliveries').select('event').where('state', '=', 'pending');
  // A look costs less than a transaction, and mostly nothing is due.
  if ((await isDue.where('due_at', '<=', at).limit(1).executeTakeFirst()) === undefined) return [];
  return await tables.write(async ({ db, dialect }) => {
    const due = db
      .selectFrom('webhook_deliveries')
      .select(['event', 'endpoint', 'attempts'])
      .where('state', '=', 'pending')
      .where('due_at', '<=', at)
      .orderBy('due_at')
      .limit(batch);
    const rows = await (dialect === 'postgres' ? due.forUpdate().skipLocked() : due).execute();
    const claimed = rows.map(({ attempts, ...name }) => ({ ...name, attempt: attempts + 1 }));
    for (const { event, endpoint, attempt } of claimed)
      await db
        .updateTable('webhook_deliveries')
        .set({ attempts: attempt, due_at: at + timeoutMs + claimMargin, updated_at: at })
        .where('event', '=', event)
        .where('endpoint', '=', endpoint)
        .execute();
    return claimed;
  });
}

/** @returns whether it has arrived */
async function deliver(
  context: WebhooksContext,
  claimed: Claimed,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { db } = context.tables;
  const [endpoint, event] = await Promise.all([
    db.selectFrom('webhook_endpoints').selectAll().where('id', '=', claimed.endpoint).executeTakeFirst(),
    db.selectFrom('webhook_events').selectAll().where('id', '=', claimed.event).executeTakeFirst(),
  ]);
  if (endpoint === undefined || event === undefined) {
    await drop(context, claimed);
    return false;
  }
  const at = context.now();
  const message = { id: event.id, timestamp: Math.floor(at / 1000), body: event.body };
  const secrets = secretsOf(endpoint, at);
  const outcome = await send(endpoint.url, message, { secrets, timeoutMs: context.timeoutMs, signal });
  await settle(context, claimed, { outcome, createdAt: event.created_at });
  return outcome.isDelivered;
}

function secretsOf(row: WebhookTables['webhook_endpoints'], at: number): readonly Secret[] {
  const { secret, previous_secret: previous, previous_until: until } = row;
  const isValid = previous !== null && until !== null && at < until;
  return [new Secret(secret), ...(isValid ? [new Secret(previous)] : [])];
}

/** Writes down what came of an attempt, unless the claim has run out and another holds the delivery. */
async function settle(
  { tables, now }: WebhooksContext,
  { event, endpoint, attempt }: Claimed,
  { outcome, createdAt }: { readonly outcome: Outcome; readonly createdAt: number },
): Promise<void> {
  const at = now();
  const dueAt = at + delayAfter(attempt);
  const isOver = dueAt > createdAt + givenUpAfter;
  const values = {
    state: outcome.isDelivered ? 'delivered' : isOver ? 'failed' : 'pending',
    due_at: dueAt,
    last_status: outcome.status ?? null,
    last_error: outcome.error ?? null,
    updated_at: at,
  } as const;
  await tables.write(({ db }) =>
    db
      .updateTable('webhook_deliveries')
      .set(values)
      .where('event', '=', event)
      .where('endpoint', '=', endpoint)
      .where('attempts', '=', attempt)
      .where('state', '=', 'pending')
      .execute(),
  );
}

/** The endpoint was removed meanwhile. */
async function drop({ tables }: WebhooksContext, { event, endpoint }: Claimed): Promise<void> {
  await tables.write(({ db }) =>
    db.deleteFrom('webhook_deliveries').where('event', '=', event).where('endpoint', '=', endpoint).execute(),
  );
}

/** 5 s, 10 s, 20 s, ... to 6 h, each up to a tenth longer, so that what failed together does not come back together. */
function delayAfter(attempt: number): number {
  const delay = Math.min(firstDelay * 2 ** (attempt - 1), longestDelay);
  return Math.round(delay * (1 + Math.random() / 10));
}
