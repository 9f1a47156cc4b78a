// Puts an event down to be delivered to every endpoint that wants it: all of it or nothing.
import { timeOrderedId } from '../core/index.ts';
import type { Transaction } from '../store/index.ts';
import type { WebhooksContext } from './context.ts';
import type { NewEvent, WebhookEvent } from './entities.ts';
import type { WebhookTables } from './tables.ts';

export async function enqueue({ tables, now }: WebhooksContext, event: NewEvent): Promise<WebhookEvent> {
  return await tables.write(async (transaction) => {
    const earlier = await findEvent(transaction, event);
    if (earlier !== undefined) return earlier;
    const at = now();
    const made: WebhookEvent = {
      id: timeOrderedId('evt_', at),
      object: 'event',
      type: event.type,
      created_at: Math.floor(at / 1000),
      data: event.data,
    };
    const endpoints = await endpointsFor(transaction, event);
    if (endpoints.length === 0) return made;
    const isNew = await insertEvent(transaction, { event, made, at });
    // Somebody else told of it between the look and the insertion.
    if (!isNew) return (await findEvent(transaction, event)) ?? made;
    const rows = endpoints.map((endpoint) => [made.id, endpoint, 'pending', 0, at, at]);
    await transaction.insertMany(insertDeliveries, rows);
    return made;
  });
}

type WebhooksTransaction = Transaction<WebhookTables>;

const insertDeliveries = {
  into: 'webhook_deliveries',
  columns: {
    event: 'text',
    endpoint: 'text',
    state: 'text',
    attempts: 'bigint',
    due_at: 'bigint',
    updated_at: 'bigint',
  },
} as const;

async function findEvent(
  { db }: WebhooksTransaction,
  { owner, key }: NewEvent,
): Promise<WebhookEvent | undefined> {
  if (key === undefined) return undefined;
  const query = db.selectFrom('webhook_events').select('body').where('owner', '=', owner);
  const row = await query.where('key', '=', key).executeTakeFirst();
  // Written below, by nobody else
  return row && (JSON.parse(row.body) as WebhookEvent);
}

async function endpointsFor(
  { db }: WebhooksTransaction,
  { owner, type }: NewEvent,
): Promise<readonly string[]> {
  const query = db.selectFrom('webhook_endpoints').select(['id', 'event_types']).where('owner', '=', owner);
  const rows = await query.execute();
  return rows.filter(({ event_types }) => event_types.split(',').includes(type)).map(({ id }) => id);
}

async function insertEvent(
  { db }: WebhooksTransaction,
  { event, made, at }: { readonly event: NewEvent; readonly made: WebhookEvent; readonly at: number },
): Promise<boolean> {
  const { owner, type, key = null } = event;
  const row = await db
    .insertInto('webhook_events')
    .values({ id: made.id, owner, type, key, body: JSON.stringify(made), created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}
