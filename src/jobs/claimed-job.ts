// A job in the hands of a worker. Every write holds only while the lease is the worker's.
import { StateError } from '../core/index.ts';
import { type JobRow, type JobsContext, type JobsTransaction, type JobUpdate, updateRow } from './context.ts';
import { addEvent, type EventOptions } from './events.ts';
import type { Job, JobError, JsonValue, NewEvent } from './job.ts';
import { jsonText } from './json.ts';
import { ended, failed, released } from './outcome.ts';
import { jobOf } from './rows.ts';

/** What a worker is to do next. `lost`: the job is another's by now; stop at once, write nothing. */
export type Order = 'go-on' | 'cancel' | 'pause' | 'lost';

type Hold = {
  readonly job: Job;
  readonly number: number;
  readonly lease: number;
  readonly leaseMs: number;
};

/**
 * A claimed job. It stays the worker's until a method that ends it was called, or until its lease has passed and somebody took it away.
 * Methods other than `heartbeat` throw a StateError when the job is the worker's no more.
 */
export class ClaimedJob {
  /** As it stood when it was claimed. */
  readonly job: Job;
  readonly #context: JobsContext;
  readonly #hold: Hold;

  constructor(context: JobsContext, hold: Hold) {
    this.job = hold.job;
    this.#context = context;
    this.#hold = hold;
  }

  /**
   * Extends the lease by the time that was claimed, keeps the progress, and tells what was asked meanwhile. With `advanced` the work has
   * got further than any start before: those that failed or were lost do not count any more.
   */
  async heartbeat(
    progress?: JsonValue,
    { advanced = false }: { readonly advanced?: boolean } = {},
  ): Promise<Order> {
    const { tables, clock, changes } = this.#context;
    const text = progress === undefined ? undefined : jsonText(progress, "a job's progress");
    const row = await tables.write(async (transaction) => {
      const held = await this.#find(transaction);
      if (held === undefined) return undefined;
      return updateRow(transaction, held.number, {
        lease_until: (await clock(transaction)) + this.#hold.leaseMs,
        ...(text !== undefined && { progress: text }),
        ...(advanced && { attempt: 1 }),
      });
    });
    if (row === undefined) return 'lost';
    changes.tell(row);
    return row.request ?? 'go-on';
  }

  /** Tells something. With `once`, what was told under that name before (by an earlier start, say) is not told again. */
  async emit(event: NewEvent, options: EventOptions = {}): Promise<void> {
    await this.#write((transaction, row) => addEvent(this.#context, transaction, { row, event, ...options }));
  }

  /** Ends the job with what came of it. */
  succeed(result: JsonValue): Promise<Job> {
    return this.#end((_, now) => ended('succeeded', now, { result }));
  }

  /** Ends this start. With `retry`, the job waits and is tried again while attempts are left; one that is to be cancelled is cancelled. */
  fail(error: JobError, { retry }: { readonly retry: boolean }): Promise<Job> {
    const { backOff } = this.#context;
    return this.#end((row, now) => failed(row, now, { error, retry, backOff }));
  }

  /** The work has stopped because it was asked to be cancelled. */
  cancelled(): Promise<Job> {
    return this.#end((_, now) => ended('cancelled', now));
  }

  /** The work has stopped where it can go on, as was asked. A job that was resumed meanwhile waits in the queue again. */
  pause(): Promise<Job> {
    return this.#end(released);
  }

  /** Back into the queue at once, as a worker that shuts down does; or paused or cancelled, where that was asked. */
  release(): Promise<Job> {
    return this.#end(released);
  }

  async #end(outcome: (row: JobRow, now: number) => JobUpdate): Promise<Job> {
    const row = await this.#write(async (transaction, held) => {
      const now = await this.#context.clock(transaction);
      return updateRow(transaction, held.number, outcome(held, now));
    });
    return jobOf(row);
  }

  /** What a unit of work makes of the row, if the row is the worker's still. */
  async #write(work: (transaction: JobsTransaction, held: JobRow) => Promise<JobRow>): Promise<JobRow> {
    const changed = await this.#context.tables.write(async (transaction) => {
      const row = await this.#find(transaction);
      if (row === undefined)
        throw new StateError(
          `Cannot write to the job '${this.job.id}': its lease was lost; stop working on it, another worker may have it`,
        );
      return work(transaction, row);
    });
    this.#context.changes.tell(changed);
    return changed;
  }

  /** The job's row, held until the transaction ends; undefined where the lease is another's. */
  #find({ db, dialect }: JobsTransaction): Promise<JobRow | undefined> {
    const query = db
      .selectFrom('jobs')
      .selectAll()
      .where('number', '=', this.#hold.number)
      .where('lease', '=', this.#hold.lease)
      .where('state', '=', 'running');
    return (dialect === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
  }
}
