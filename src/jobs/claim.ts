// Gives a worker the next job: highest priority, then oldest, within the limits of owners and groups.
import { type RawBuilder, sql } from 'kysely';
import type { DialectName } from '../store/index.ts';
import { ClaimedJob } from './claimed-job.ts';
import { type JobRow, type JobsContext, type JobsTransaction, updateRow } from './context.ts';
import { expireIn } from './expire.ts';
import { jobOf } from './rows.ts';

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
  for (const changed of [...expired, ...(row === undefined ? [] : [row])]) context.changes.tell(changed);
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
async function isAnyDue({ tables, clock }: JobsContext, request: ClaimRequest): Promise<boolean> {
  const now = await clock(tables);
  const { rows } = await sql`
    select 1 from jobs where state = 'running' and lease_until <= ${now}
    union all select * from (${next(tables.dialect, request, now)}) as due limit 1`.execute(tables.db);
  return rows.length > 0;
}

async function take(
  transaction: JobsTransaction,
  request: ClaimRequest,
  now: number,
): Promise<JobRow | undefined> {
  const { db, dialect } = transaction;
  // Who else claims this one right now has it; the next will do.
  const lock = dialect === 'postgres' ? sql`for update skip locked` : sql``;
  const { rows } = await sql<{ readonly number: number }>`${next(dialect, request, now)} ${lock}`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  return updateRow(transaction, row.number, {
    state: 'running',
    worker: request.worker,
    request: null,
    lease: sql<number>`lease + 1`,
    attempt: sql<number>`attempt + 1`,
    lease_until: now + request.leaseMs,
    started_at: sql<number>`coalesce(started_at, ${now})`,
  });
}

/** The number of the job that is next, at most one row. States are literals: SQLite finds partial indexes by those. */
function next(
  dialect: DialectName,
  { kinds, perOwner = null, perGroup = null }: ClaimRequest,
  now: number,
): RawBuilder<unknown> {
  // Left to itself, SQLite would sort all that waits.
  const jobs = dialect === 'sqlite' ? sql`jobs indexed by jobs_waiting` : sql`jobs`;
  const named = sql`kind in (${sql.join(kinds)})`;
  const full = (column: RawBuilder<unknown>, limit: number) => sql`
    select ${column} from jobs where state = 'running' and ${named} and ${column} is not null
    group by ${column} having count(*) >= ${limit}`;
  const owner = sql`owner`;
  const group = sql`group_key`;
  return sql`select number from ${jobs} where state = 'queued' and ${named} and available_at <= ${now}
    ${perOwner === null ? sql`` : sql`and owner not in (${full(owner, perOwner)})`}
    ${perGroup === null ? sql`` : sql`and (group_key is null or group_key not in (${full(group, perGroup)}))`}
    order by priority desc, number limit 1`;
}
