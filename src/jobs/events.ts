// What happened to a job, told in order.
import {
  findRow,
  type JobName,
  type JobRow,
  type JobsContext,
  type JobsTransaction,
  lockRow,
  updateRow,
} from './context.ts';
import type { JobEvent, NewEvent } from './job.ts';
import { jsonText } from './json.ts';
import { oneMore } from './limit.ts';
import { eventOf } from './rows.ts';

/** How an event is told. */
export type EventOptions = {
  /** A milestone's name: of a job it is told once, and never pruned. */
  readonly once?: string;
};

/** Which events of a job. */
export type EventQuery = {
  readonly owner?: string | undefined;
  /** The number of the last event seen: those behind it in the order. */
  readonly after?: number | undefined;
  /** Oldest first (`asc`, the default) or newest first. */
  readonly order?: 'asc' | 'desc';
  readonly limit?: number | undefined;
};

/** A page of events. */
export type EventPage = { readonly events: readonly JobEvent[]; readonly hasMore: boolean };

/** Every so many events those over the limit are deleted. */
const pruneEvery = 100;

type Addition = EventOptions & { readonly row: JobRow; readonly event: NewEvent };

/**
 * Adds an event to a job whose row the transaction holds. The number comes from that row, so that no event becomes visible after one
 * with a higher number.
 */
export async function addEvent(
  context: JobsContext,
  transaction: JobsTransaction,
  { row, event, once }: Addition,
): Promise<JobRow> {
  const { type, level = 'info', message = '', data } = event;
  const number = row.last_event + 1;
  const added = await transaction.db
    .insertInto('job_events')
    .values({
      job: row.number,
      number,
      at: await context.clock(transaction),
      type,
      level,
      message,
      data: data === undefined ? null : jsonText(data, "an event's data"),
      once: once ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('number')
    .executeTakeFirst();
  if (added === undefined) return row;
  if (number % pruneEvery === 0) await prune(transaction, row.number, number - context.eventLimit);
  return updateRow(transaction, row.number, { last_event: number });
}

async function prune({ db }: JobsTransaction, job: number, upTo: number): Promise<void> {
  await db
    .deleteFrom('job_events')
    .where('job', '=', job)
    .where('number', '<=', upTo)
    .where('once', 'is', null)
    .execute();
}

/** Tells something of a job from outside of its work, whatever its state. @throws NotFoundError */
export async function emit(
  context: JobsContext,
  name: JobName,
  { event, ...options }: EventOptions & { readonly event: NewEvent },
): Promise<void> {
  const row = await context.tables.write(async (transaction) =>
    addEvent(context, transaction, { row: await lockRow(transaction, name), event, ...options }),
  );
  context.changes.tell(row);
}

/** @throws NotFoundError */
export async function events(
  { tables }: JobsContext,
  id: string,
  query: EventQuery = {},
): Promise<EventPage> {
  const { owner, after, order = 'asc', limit = 100 } = query;
  const { number } = await findRow(tables, { id, owner });
  let select = tables.db.selectFrom('job_events').selectAll().where('job', '=', number);
  if (after !== undefined) select = select.where('number', order === 'asc' ? '>' : '<', after);
  const rows = await select.orderBy('number', order).limit(oneMore(limit)).execute();
  return { events: rows.slice(0, limit).map(eventOf), hasMore: rows.length > limit };
}
