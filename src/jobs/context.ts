// What every part of the queue works with.
import { type Selectable, sql, type UpdateObject } from 'kysely';
import { NotFoundError } from '../core/index.ts';
import type { Tables, Transaction } from '../store/index.ts';
import type { Changes } from './changes.ts';
import type { Clock } from './clock.ts';
import type { BackOff } from './outcome.ts';
import type { JobTables } from './tables.ts';

export type JobsContext = {
  readonly tables: Tables<JobTables>;
  readonly clock: Clock;
  readonly changes: Changes;
  readonly backOff: BackOff;
  /** Events kept of one job, milestones apart. */
  readonly eventLimit: number;
};

export type JobsTransaction = Transaction<JobTables>;
export type JobRow = Selectable<JobTables['jobs']>;
export type JobUpdate = UpdateObject<JobTables, 'jobs'>;

/** Which job, and whose it must be. */
export type JobName = { readonly id: string; readonly owner?: string | undefined };

/** @throws NotFoundError, for another owner's job too */
export async function findRow({ db }: Pick<JobsTransaction, 'db'>, name: JobName): Promise<JobRow> {
  const row = await db.selectFrom('jobs').selectAll().where('id', '=', name.id).executeTakeFirst();
  return own(row, name);
}

/** The row, held until the transaction ends. @throws NotFoundError, for another owner's job too */
export async function lockRow({ db, dialect }: JobsTransaction, name: JobName): Promise<JobRow> {
  const query = db.selectFrom('jobs').selectAll().where('id', '=', name.id);
  // On SQLite a write transaction is alone anyway.
  return own(await (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst(), name);
}

function own(row: JobRow | undefined, { id, owner }: JobName): JobRow {
  if (row === undefined || (owner !== undefined && row.owner !== owner))
    throw new NotFoundError(`Cannot find the job '${id}'; hone jobs ls lists them`);
  return row;
}

/** Changes a row that the transaction holds, and counts the change. */
export async function updateRow({ db }: JobsTransaction, number: number, change: JobUpdate): Promise<JobRow> {
  return db
    .updateTable('jobs')
    .set({ ...change, revision: sql<number>`revision + 1` })
    .where('number', '=', number)
    .returningAll()
    .executeTakeFirstOrThrow();
}
