// Endpoints: added, listed, given a new secret, removed.
import { NotFoundError, timeOrderedId } from '../core/index.ts';
import type { WebhooksContext } from './context.ts';
import { endpointUrl } from './endpoint-url.ts';
import {
  checkEventTypes,
  type Delivery,
  type Endpoint,
  type EndpointWithSecret,
  eventTypes,
  type NewEndpoint,
  type OwnerOption,
} from './entities.ts';
import { newSigningSecret } from './signature.ts';
import type { WebhookTables } from './tables.ts';

/** For so long a secret that was replaced still signs, where that was asked for: a day, in ms. */
const overlap = 24 * 3_600_000;

export async function addEndpoint(
  { tables, now }: WebhooksContext,
  { owner, url, eventTypes: wanted, insecureHttp = false }: NewEndpoint,
): Promise<EndpointWithSecret> {
  checkEventTypes(wanted);
  const secret = newSigningSecret();
  const at = now();
  const row: EndpointRow = {
    id: timeOrderedId('whe_', at),
    owner,
    url: endpointUrl(url, { insecureHttp }),
    event_types: eventTypes.filter((type) => wanted.includes(type)).join(','),
    secret: secret.reveal(),
    previous_secret: null,
    previous_until: null,
    created_at: at,
    updated_at: at,
  };
  await tables.write(({ db }) => db.insertInto('webhook_endpoints').values(row).execute());
  return { endpoint: endpointOf(row), secret };
}

/** The oldest first. */
export async function listEndpoints(
  { tables }: WebhooksContext,
  { owner }: OwnerOption,
): Promise<readonly Endpoint[]> {
  const query = tables.db.selectFrom('webhook_endpoints').select(shownColumns).orderBy('id');
  const own = owner === undefined ? query : query.where('owner', '=', owner);
  return (await own.execute()).map(endpointOf);
}

/** @throws NotFoundError */
export async function rotateSecret(
  { tables, now }: WebhooksContext,
  id: string,
  { owner, keepPrevious = false }: OwnerOption & { readonly keepPrevious?: boolean },
): Promise<EndpointWithSecret> {
  const secret = newSigningSecret();
  const at = now();
  const row = await tables.write(({ db }) =>
    db
      .updateTable('webhook_endpoints')
      .set(({ ref }) => ({
        previous_secret: keepPrevious ? ref('secret') : null,
        previous_until: keepPrevious ? at + overlap : null,
        secret: secret.reveal(),
        updated_at: at,
      }))
      .where('id', '=', id)
      .$if(owner !== undefined, (query) => query.where('owner', '=', owner ?? ''))
      .returning(shownColumns)
      .executeTakeFirst(),
  );
  if (row === undefined) throw unknownEndpoint(id);
  return { endpoint: endpointOf(row), secret };
}

/** With what was under way to it. @throws NotFoundError */
export async function removeEndpoint(
  { tables }: WebhooksContext,
  id: string,
  { owner }: OwnerOption,
): Promise<void> {
  const removed = await tables.write(async ({ db }) => {
    const query = db.deleteFrom('webhook_endpoints').where('id', '=', id);
    const own = owner === undefined ? query : query.where('owner', '=', owner);
    const row = await own.returning('id').executeTakeFirst();
    if (row !== undefined) await db.deleteFrom('webhook_deliveries').where('endpoint', '=', id).execute();
    return row;
  });
  if (removed === undefined) throw unknownEndpoint(id);
}

/** The newest event first. @throws NotFoundError */
export async function listDeliveries(
  { tables }: WebhooksContext,
  id: string,
  { owner, limit = 100 }: OwnerOption & { readonly limit?: number },
): Promise<readonly Delivery[]> {
  const endpoint = await tables.db
    .selectFrom('webhook_endpoints')
    .select('owner')
    .where('id', '=', id)
    .executeTakeFirst();
  if (endpoint === undefined || (owner !== undefined && endpoint.owner !== owner)) throw unknownEndpoint(id);
  const rows = await tables.db
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_events', 'webhook_events.id', 'webhook_deliveries.event')
    .selectAll('webhook_deliveries')
    .select('type')
    .where('endpoint', '=', id)
    .orderBy('event', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    eventId: row.event,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    dueAt: row.state === 'pending' ? row.due_at : undefined,
    lastStatus: row.last_status ?? undefined,
    lastError: row.last_error ?? undefined,
    updatedAt: row.updated_at,
  }));
}

type EndpointRow = WebhookTables['webhook_endpoints'];

const shownColumns = ['id', 'owner', 'url', 'event_types', 'created_at', 'updated_at'] as const;

function endpointOf(row: Pick<EndpointRow, (typeof shownColumns)[number]>): Endpoint {
  const types = row.event_types.split(',');
  return {
    id: row.id,
    owner: row.owner,
    url: row.url,
    eventTypes: eventTypes.filter((type) => types.includes(type)),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function unknownEndpoint(id: string): NotFoundError {
  return new NotFoundError(`Cannot find the endpoint '${id}'; hone webhooks list shows all`);
}
