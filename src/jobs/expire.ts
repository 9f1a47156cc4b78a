// Takes jobs back whose worker was not heard of: they wait again, or have failed for good.

import { sql } from 'kysely';
import { type JobRow, type JobsContext, type JobsTransaction, updateRow } from './context.ts';
import type { Job, JobState } from './job.ts';
import { lost } from './outcome.ts';
import { jobOf } from './rows.ts';

/** Jobs taken back in one transaction, at most. */
const batch = 100;

/** All whose lease has ended, as they stand now. */
export async function expire(context: JobsContext): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  for (;;) {
    const rows = await context.tables.write(async (transaction) =>
      expireIn(transaction, await context.clock(transaction)),
    );
    for (const row of rows) {
      jobs.push(jobOf(row));
      context.changes.tell(row);
    }
    if (rows.length < batch) return jobs;
  }
}

/** A batch of them, within a transaction. */
export async function expireIn(transaction: JobsTransaction, now: number): Promise<readonly JobRow[]> {
  const { db, dialect } = transaction;
  const query = db
    .selectFrom('jobs')
    .selectAll()
    // A literal, not a parameter: SQLite finds the partial index by it.
    .where('state', '=', sql.lit<JobState>('running'))
    .where('lease_until', '<=', now)
    .limit(batch);
  const rows = await (dialect === 'postgres' ? query.forUpdate().skipLocked() : query).execute();
  const changed: JobRow[] = [];
  for (const row of rows) changed.push(await updateRow(transaction, row.number, lost(row, now)));
  return changed;
}
