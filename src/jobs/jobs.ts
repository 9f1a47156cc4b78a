// The queue: what it is made of.
import type { Database } from '../store/index.ts';
import { Changes } from './changes.ts';
import { type ClaimRequest, claim } from './claim.ts';
import type { ClaimedJob } from './claimed-job.ts';
import { clockOf } from './clock.ts';
import { findRow, type JobsContext } from './context.ts';
import { type EventOptions, type EventPage, type EventQuery, emit, events } from './events.ts';
import { expire } from './expire.ts';
import type { Job, JobState, NewEvent } from './job.ts';
import { type CountQuery, counts, type JobPage, type JobQuery, list } from './list.ts';
import { cancel, pause, resume } from './requests.ts';
import { acknowledge, deleteFinished, unacknowledged } from './retention.ts';
import { jobOf } from './rows.ts';
import { type NewJob, type Submission, submit } from './submit.ts';
import type { JobTables } from './tables.ts';
import { type WaitOptions, waitForChange, waitForClaim, waitForEnd } from './wait.ts';

/** Whose job it must be: another owner's is not found. */
export type OwnerOptions = { readonly owner?: string | undefined };

/**
 * A durable queue: jobs are claimed by workers for a time, and taken back from those that are not heard of. A job ends exactly once.
 * Any number of processes may share one database.
 */
export interface Jobs {
  /** Puts a job into the queue. @throws InputError; ConflictError where another job has the id */
  submit(job: NewJob): Promise<Submission>;
  /** @throws NotFoundError */
  get(id: string, options?: OwnerOptions): Promise<Job>;
  /** By the time of submission, newest first. @throws NotFoundError where `after` is not found */
  list(query?: JobQuery): Promise<JobPage>;
  counts(query?: CountQuery): Promise<Readonly<Record<JobState, number>>>;
  /** What does not run is cancelled at once, what runs is asked to stop. Again changes nothing. @throws NotFoundError, StateError */
  cancel(id: string, options?: OwnerOptions): Promise<Job>;
  /** What waits is paused at once, what runs is asked to stop at a checkpoint. Again changes nothing. @throws NotFoundError, StateError */
  pause(id: string, options?: OwnerOptions): Promise<Job>;
  /** Queues a paused job again, or takes back a pause that has not come about yet. @throws NotFoundError, StateError */
  resume(id: string, options?: OwnerOptions): Promise<Job>;
  /** The next job, or undefined where there is none to be had: highest priority first, then oldest. */
  claim(request: ClaimRequest): Promise<ClaimedJob | undefined>;
  /** The next job, as soon as there is one. @throws the signal's reason; InterruptedError after `close` */
  waitForClaim(request: ClaimRequest, options?: Omit<WaitOptions, 'owner'>): Promise<ClaimedJob>;
  /** What happened to a job. @throws NotFoundError */
  events(id: string, query?: EventQuery): Promise<EventPage>;
  /** Tells something of a job from outside of its work, whatever its state. @throws NotFoundError */
  emit(id: string, event: NewEvent, options?: OwnerOptions & EventOptions): Promise<void>;
  /** Takes back jobs whose lease has passed; resolves to them as they stand now: queued, paused, failed (`worker_lost`) or cancelled. */
  expire(): Promise<readonly Job[]>;
  /** Resolves once the job's `revision` is not `since` any more. @throws NotFoundError; the signal's reason; InterruptedError after `close` */
  waitForChange(id: string, options: WaitOptions & { readonly since: number }): Promise<Job>;
  /** Resolves once the job has ended. @throws as `waitForChange` */
  waitForEnd(id: string, options?: WaitOptions): Promise<Job>;
  /** Ended jobs of these kinds whose end nobody has acknowledged, first ended first: for messages that must go out for each. */
  unacknowledged(query: {
    readonly kinds: readonly string[];
    readonly limit?: number;
  }): Promise<readonly Job[]>;
  acknowledge(id: string): Promise<void>;
  /** Deletes jobs that ended before this time (ms since 1970), with their events; resolves to their number. */
  deleteFinished(before: number): Promise<number>;
  /** Ends all waiting. The database stays open. */
  close(): void;
}

/** Options of {@link openJobs}. */
export type JobsOptions = {
  /** The clock, in ms since 1970; default: the database's own on PostgreSQL, this machine's on SQLite. */
  readonly now?: () => number;
  /** The wait after a first failure, in ms; twice as long after each further one, half of it chance. Default 5,000. */
  readonly backOffMs?: number;
  /** The longest wait after a failure, in ms; default 600,000. */
  readonly backOffLimitMs?: number;
  /** Events kept of one job, the newest; milestones (`once`) are kept besides. Default 10,000. */
  readonly eventLimit?: number;
};

/** The queue of a database to which {@link jobsMigration} was applied. */
export function openJobs(database: Database, options: JobsOptions = {}): Jobs {
  const { now, backOffMs = 5_000, backOffLimitMs = 600_000, eventLimit = 10_000 } = options;
  const context: JobsContext = {
    tables: database.tables<JobTables>(),
    clock: clockOf(now),
    changes: new Changes(),
    backOff: { base: backOffMs, limit: backOffLimitMs, random: Math.random },
    eventLimit,
  };
  return {
    submit: (job) => submit(context, job),
    get: async (id, { owner } = {}) => jobOf(await findRow(context.tables, { id, owner })),
    list: (query) => list(context, query),
    counts: (query) => counts(context, query),
    cancel: (id, { owner } = {}) => cancel(context, { id, owner }),
    pause: (id, { owner } = {}) => pause(context, { id, owner }),
    resume: (id, { owner } = {}) => resume(context, { id, owner }),
    claim: (request) => claim(context, request),
    events: (id, query) => events(context, id, query),
    emit: (id, event, { owner, ...once } = {}) => emit(context, { id, owner }, { event, ...once }),
    expire: () => expire(context),
    waitForChange: (id, wait) => waitForChange(context, id, wait),
    waitForEnd: (id, wait) => waitForEnd(context, id, wait),
    waitForClaim: (request, wait) => waitForClaim(context, request, wait),
    unacknowledged: (query) => unacknowledged(context, query),
    acknowledge: (id) => acknowledge(context, id),
    deleteFinished: (before) => deleteFinished(context, before),
    close: () => context.changes.close(),
  };
}
