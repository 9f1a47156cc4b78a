// Puts a job into the queue; one that was asked for twice is there once.
import { randomUUID } from 'node:crypto';
import { ConflictError, InputError } from '../core/index.ts';
import type { JobsContext, JobsTransaction } from './context.ts';
import type { Job, JsonValue } from './job.ts';
import { jsonText } from './json.ts';
import { jobOf } from './rows.ts';

/** A job to be done. */
export type NewJob = {
  /** A UUID unless given. Unique for ever. */
  readonly id?: string;
  readonly kind: string;
  readonly owner: string;
  readonly spec: JsonValue;
  /** Higher goes first; default 0. */
  readonly priority?: number;
  /** Starts that may fail before the job does; default 3. */
  readonly maxAttempts?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly groupKey?: string | null;
  /** The owner's job of the same key, submitted within the last `withinMs`, is answered instead of a second one. */
  readonly dedupeKey?: { readonly key: string; readonly withinMs: number } | undefined;
  /** Not claimed before, in ms since 1970; default now. */
  readonly availableAt?: number;
};

/** What became of a request. */
export type Submission = {
  readonly job: Job;
  /** The job was there already; it may be in any state. */
  readonly duplicate: boolean;
};

/** What an index can hold. */
const nameLimit = 255;

/** @throws InputError; ConflictError where another job has the id */
export async function submit(context: JobsContext, request: NewJob): Promise<Submission> {
  check(request);
  const submission = await context.tables.write(async (transaction) => {
    const now = await context.clock(transaction);
    await freeOldKey(transaction, request, now);
    const job = await insert(transaction, request, now);
    if (job !== undefined) return { job, duplicate: false };
    return { job: await earlier(transaction, request), duplicate: true };
  });
  if (!submission.duplicate) context.changes.tell(submission.job);
  return submission;
}

function check({ id, kind, owner, groupKey, dedupeKey, labels = {}, ...numbers }: NewJob): void {
  const names = { id, kind, owner, groupKey, dedupeKey: dedupeKey?.key };
  for (const [what, name] of Object.entries(names))
    if (name !== undefined && name !== null) checkName(what, name);
  for (const key of Object.keys(labels)) checkName('label', key);
  const { maxAttempts = 1, priority = 0, availableAt = 0 } = numbers;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    throw new InputError(`Cannot submit a job: maxAttempts is ${maxAttempts}; give a whole number from 1 up`);
  if (!Number.isSafeInteger(priority) || !Number.isSafeInteger(availableAt))
    throw new InputError(
      `Cannot submit a job: priority is ${priority} and availableAt ${availableAt}; give whole numbers`,
    );
}

function checkName(what: string, name: string): void {
  if (name.length === 0 || name.length > nameLimit)
    throw new InputError(
      `Cannot submit a job: its ${what} has ${name.length} characters; give 1 to ${nameLimit}`,
    );
}

/** A key whose window has passed may be used again. */
async function freeOldKey({ db }: JobsTransaction, { owner, dedupeKey }: NewJob, now: number): Promise<void> {
  if (dedupeKey === undefined) return;
  await db
    .updateTable('jobs')
    .set({ dedupe_key: null })
    .where('owner', '=', owner)
    .where('dedupe_key', '=', dedupeKey.key)
    .where('created_at', '<=', now - dedupeKey.withinMs)
    .execute();
}

/** The new job, or undefined where one with the key (or the id) is there. */
async function insert({ db }: JobsTransaction, request: NewJob, now: number): Promise<Job | undefined> {
  const { id = randomUUID(), kind, owner, spec, labels = {} } = request;
  const row = await db
    .insertInto('jobs')
    .values({
      id,
      kind,
      owner,
      spec: jsonText(spec, "a job's specification"),
      state: 'queued',
      priority: request.priority ?? 0,
      attempt: 0,
      max_attempts: request.maxAttempts ?? 3,
      created_at: now,
      available_at: request.availableAt ?? now,
      lease: 0,
      labels: JSON.stringify(labels),
      group_key: request.groupKey ?? null,
      dedupe_key: request.dedupeKey?.key ?? null,
      revision: 1,
      last_event: 0,
      acknowledged: 0,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const entries = Object.entries(labels).map(([key, value]) => ({ job: row.number, key, value }));
  if (entries.length > 0) await db.insertInto('job_labels').values(entries).execute();
  return jobOf(row);
}

async function earlier({ db }: JobsTransaction, { id, owner, dedupeKey }: NewJob): Promise<Job> {
  const query = db.selectFrom('jobs').selectAll().where('owner', '=', owner);
  const row = await query.where('dedupe_key', '=', dedupeKey?.key ?? null).executeTakeFirst();
  if (row === undefined)
    throw new ConflictError(`Cannot submit the job '${id}': another job has that id; choose another one`);
  return jobOf(row);
}
