// Removes what was delivered, or given up, a while ago.
import type { WebhooksContext } from './context.ts';

/** Kept so long for whoever asks why nothing came, in ms. */
const keptFor = 30 * 24 * 3_600_000;

/** @returns the number of events removed */
export async function prune({ tables, now }: WebhooksContext): Promise<number> {
  const before = now() - keptFor;
  return await tables.write(async ({ db }) => {
    const done = db.deleteFrom('webhook_deliveries').where('state', '<>', 'pending');
    await done.where('updated_at', '<', before).execute();
    const { numDeletedRows } = await db
      .deleteFrom('webhook_events')
      .where('created_at', '<', before)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('webhook_deliveries')
              .select('event')
              .whereRef('webhook_deliveries.event', '=', 'webhook_events.id'),
          ),
        ),
      )
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}
