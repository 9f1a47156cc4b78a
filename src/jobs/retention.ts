// What becomes of ended jobs: somebody takes note of each end, and after a while they are deleted.
import { sql } from 'kysely';
import type { JobsContext } from './context.ts';
import type { Job } from './job.ts';
import { jobOf } from './rows.ts';

/** Jobs deleted in one transaction, at most: each may have thousands of events, and on SQLite nobody else writes meanwhile. */
const batch = 20;

/** Deletes jobs that ended before a time, with events and labels; resolves to their number. */
export async function deleteFinished({ tables }: JobsContext, before: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const count = await tables.write(async ({ db }) => {
      const old = db
        .selectFrom('jobs')
        .select('number')
        .where('finished_at', '<', before)
        .orderBy('finished_at')
        .limit(batch);
      const result = await db.deleteFrom('jobs').where('number', 'in', old).executeTakeFirst();
      return Number(result.numDeletedRows);
    });
    deleted += count;
    if (count < batch) return deleted;
  }
}

/** Ended jobs whose end nobody has acknowledged, those that ended first first. */
export async function unacknowledged(
  { tables }: JobsContext,
  { kinds, limit = 100 }: { readonly kinds: readonly string[]; readonly limit?: number },
): Promise<readonly Job[]> {
  if (kinds.length === 0) return [];
  const rows = await tables.db
    .selectFrom('jobs')
    .selectAll()
    .where('finished_at', 'is not', null)
    .where('acknowledged', '=', sql.lit(0))
    .where('kind', 'in', kinds)
    .orderBy('finished_at')
    .orderBy('number')
    .limit(limit)
    .execute();
  return rows.map(jobOf);
}

export async function acknowledge({ tables }: JobsContext, id: string): Promise<void> {
  await tables.write(({ db }) =>
    db
      .updateTable('jobs')
      .set({ acknowledged: 1 })
      .where('id', '=', id)
      .where('finished_at', 'is not', null)
      .execute(),
  );
}
