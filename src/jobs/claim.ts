// Gives a worker the next job: highest priority, then oldest, within the limits of owners and groups.
import { type RawBuilder, sql } from 'kysely';
import { ClaimedJob } from './claimed-job.ts';
import { type JobRow, type JobsContext, type JobsTransaction, updateRow } from './context.ts';
import { expireIn } from './expire.ts';
import { jobOf } from './rows.ts';
import type { JobTables } from './tables.ts';

/** Who asks for a job, and which it may be. */
export type ClaimRequest = {
  /** A name for people: host and process. */
  readonly worker: string;
  readonly kinds: readonly string[];
  /** How long the job is the worker's without a heartbeat, in ms. */
  readonly leaseMs: number;
  /** Jobs of these kinds that one owner may have running at once; null: any number. */
  readonly perOwner?: number | null;
  /** The same for jobs with the same `groupKey`. */
  readonly perGroup?: number | null;
};

/** The number of the lock under which claims with limits come one after the other: 'jobs' in ASCII. */
const lockNumber = 0x6a6f6273;

export async function claim(context: JobsContext, request: ClaimRequest): Promise<ClaimedJob | undefined> {
  if (request.kinds.length === 0 || !(await isAnyDue(context, request))) return undefined;
  const { row, expired } = await context.tables.write(async (transaction) => {
    const { db, dialect } = transaction;
    const isLimited = (request.perOwner ?? request.perGroup ?? null) !== null;
    // Two claims that do not see each other's jobs would both stay within the limit, and pass it together.
    if (dialect === 'postgres' && isLimited)
      await sql`select pg_advisory_xact_lock(${lockNumber})`.execute(db);
    const now = await context.clock(transaction);
    return { expired: await expireIn(transaction, now), row: await take(transaction, request, now) };
  });
  for (const { id } of [...expired, ...(row === undefined ? [] : [row])]) context.changes.tell(id);
  return row === undefined
    ? undefined
    : new ClaimedJob(context, {
        job: jobOf(row),
        number: row.number,
        lease: row.lease,
        leaseMs: request.leaseMs,
      });
}

/** A look without a lock: idle workers ask often, and on SQLite only one may write. */
async function isAnyDue({ tables, clock }: JobsContext, { kinds }: ClaimRequest): Promise<boolean> {
  const now = await clock(tables);
  const { rows } = await sql`
    select 1 from jobs where state = 'running' and lease_until <= ${now}
    union all select * from (${due(kinds, now)} limit 1) as due limit 1`.execute(tables.db);
  return rows.length > 0;
}

function due(kinds: readonly string[], now: number): RawBuilder<unknown> {
  return sql`select number from jobs where state = 'queued' and kind in (${sql.join(kinds)}) and available_at <= ${now}`;
}

async function take(
  transaction: JobsTransaction,
  { kinds, worker, leaseMs, perOwner = null, perGroup = null }: ClaimRequest,
  now: number,
): Promise<JobRow | undefined> {
  const { db, dialect } = transaction;
  const full = (column: 'owner' | 'group_key', limit: number) => sql`
    select ${sql.ref(column)} from jobs where state = 'running' and kind in (${sql.join(kinds)})
    and ${sql.ref(column)} is not null group by ${sql.ref(column)} having count(*) >= ${limit}`;
  const next = await sql<Pick<JobTables['jobs'], never> & { readonly number: number }>`
    ${due(kinds, now)}
    ${perOwner === null ? sql`` : sql`and owner not in (${full('owner', perOwner)})`}
    ${perGroup === null ? sql`` : sql`and (group_key is null or group_key not in (${full('group_key', perGroup)}))`}
    order by priority desc, number limit 1 ${dialect === 'postgres' ? sql`for update skip locked` : sql``}`.execute(
    db,
  );
  const number = next.rows[0]?.number;
  if (number === undefined) return undefined;
  return updateRow(transaction, number, {
    state: 'running',
    worker,
    request: null,
    lease: sql<number>`lease + 1`,
    attempt: sql<number>`attempt + 1`,
    lease_until: now + leaseMs,
    started_at: sql<number>`coalesce(started_at, ${now})`,
  });
}
