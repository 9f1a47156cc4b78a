// Takes jobs from the queue, as many at once as it may, and carries each out in a process of its own.
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobKind } from '../app/index.ts';
import { type ClaimedJob, isFinal, type Job, type Jobs } from '../jobs/index.ts';
import {
  detectPlatform,
  originOf,
  type Platform,
  platformFor,
  type Span,
  silentTracer,
  type Tracer,
} from '../platform/index.ts';
import { JobRun, type RunSettings } from './job-run.ts';
import { sweep } from './sweep.ts';

/** What a worker says of itself. */
export type WorkerLog = (entry: {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly jobId?: string;
  readonly owner?: string;
  /** Of the request that the job came of. */
  readonly requestId?: string;
}) => void;

/** How a worker works. Times in ms, memory in bytes. */
export type WorkerOptions = {
  readonly jobs: Jobs;
  readonly kinds: readonly JobKind[];
  /** Each job has a directory of its own below `jobs/` in it. */
  readonly dataDirectory: string;
  /** Jobs at once. @default 1 */
  readonly concurrency?: number;
  /** Jobs of one owner that run at once, on all workers together; null: any number. @default null */
  readonly perOwner?: number | null;
  /** The same for jobs of one group: those that one service was asked for. @default null */
  readonly perGroup?: number | null;
  /** How long a job of a worker that died stays its own. @default 30,000 */
  readonly leaseMs?: number;
  /** Of each job's process; null: none. @default null */
  readonly memoryLimit?: number | null;
  /** Of each start of a job; null: none. @default null */
  readonly timeLimit?: number | null;
  /** How long a job that is to pause has to get to a checkpoint. @default 600,000 */
  readonly pauseGraceMs?: number;
  /** How long logs and metrics of ended jobs stay on this machine. @default 30 days */
  readonly retentionMs?: number;
  /** The longest wait between two looks for jobs of other processes. @default 1,000 */
  readonly pollMs?: number;
  readonly platform?: Platform;
  readonly log?: WorkerLog;
  /** Where spans of jobs go; nowhere unless given. */
  readonly tracer?: Tracer;
};

/** A worker at work. */
export interface Worker {
  /** As it is known in the queue: host and process. */
  readonly name: string;
  /** Jobs that run now. */
  readonly running: number;
  /** Takes no more jobs; those that run stop at a checkpoint, in the time that is given, and go back into the queue. */
  stop(graceMs: number): Promise<void>;
}

const sweepEveryMs = 600_000;
const retryMs = 1000;

/** Starts to work. Errors of the queue are logged, and it is tried again. */
export function startWorker(options: WorkerOptions): Worker {
  const worker = new QueueWorker(options);
  worker.start();
  return worker;
}

class QueueWorker implements Worker {
  readonly name = `${hostname()}:${process.pid}`;
  readonly #options: WorkerOptions;
  readonly #settings: RunSettings;
  readonly #directory: string;
  readonly #runs = new Map<string, { readonly run: JobRun; readonly done: Promise<void> }>();
  readonly #stop = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#directory = resolve(options.dataDirectory, 'jobs');
    this.#settings = {
      platform: options.platform ?? platformFor(detectPlatform()),
      leaseMs: options.leaseMs ?? 30_000,
      memoryLimit: options.memoryLimit ?? null,
      timeLimit: options.timeLimit ?? null,
      pauseGraceMs: options.pauseGraceMs ?? 600_000,
    };
  }

  get running(): number {
    return this.#runs.size;
  }

  start(): void {
    this.#loops = Promise.all([this.#takeJobs(), this.#sweepNowAndThen()]);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    for (const { run } of this.#runs.values()) run.release(graceMs);
    await this.#loops;
    await Promise.all([...this.#runs.values()].map(({ done }) => done));
  }

  async #takeJobs(): Promise<void> {
    const { concurrency = 1 } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#runs.size >= concurrency) {
          await Promise.race([...this.#runs.values()].map(({ done }) => done));
          continue;
        }
        const claimed = await this.#claim();
        // A job that comes while the worker is stopping is somebody else's
        if (signal.aborted) await claimed.release();
        else this.#begin(claimed);
      } catch (error) {
        if (signal.aborted) return;
        this.#say('error', `Cannot take jobs from the queue: ${textOf(error)}`);
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #claim(): Promise<ClaimedJob> {
    const { jobs, kinds, perOwner = null, perGroup = null, pollMs = 1000 } = this.#options;
    const request = {
      worker: this.name,
      kinds: kinds.map(({ name }) => name),
      leaseMs: this.#settings.leaseMs,
      perOwner,
      perGroup,
    };
    return jobs.waitForClaim(request, { signal: this.#stop.signal, pollMs });
  }

  #begin(claimed: ClaimedJob): void {
    const { id } = claimed.job;
    const kind = this.#kindOf(claimed.job);
    if (kind === undefined) throw new TypeError(`The queue gave a job of the kind '${claimed.job.kind}'`);
    const timeLimit = shorter(this.#settings.timeLimit, kind.timeLimitOf?.(claimed.job) ?? null);
    const directory = join(this.#directory, id);
    const run = new JobRun(claimed, { ...this.#settings, timeLimit, kind, directory });
    this.#say('info', `Starts a ${kind.name} job`, claimed.job);
    const done = this.#carryOut(run, kind).finally(() => this.#runs.delete(id));
    this.#runs.set(id, { run, done });
  }

  async #carryOut(run: JobRun, kind: JobKind): Promise<void> {
    const { id } = run.job;
    const span = this.#startSpan(run.job);
    try {
      const job = await run.run();
      this.#say(
        'info',
        job === undefined ? 'Lost the job to another worker' : `The job is ${job.state}`,
        run.job,
      );
      span.set({ 'hone.job.state': job?.state ?? 'lost' });
      span.end(job?.error ? { error: job.error.message } : {});
      if (job !== undefined && isFinal(job.state)) await kind.ended(job, join(this.#directory, id));
    } catch (error) {
      this.#say('error', `Cannot write how the job ended: ${textOf(error)}`, run.job);
      span.end({ error: textOf(error) });
    }
  }

  async #sweepNowAndThen(): Promise<void> {
    const { signal } = this.#stop;
    const { jobs, kinds, retentionMs = 30 * 86_400_000 } = this.#options;
    while (!signal.aborted) {
      await sweep(this.#directory, {
        jobs,
        kinds,
        retentionMs,
        isBusy: (id) => this.#runs.has(id),
      }).catch((error: unknown) => this.#say('warn', `Cannot tidy up after ended jobs: ${textOf(error)}`));
      await sleep(sweepEveryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #kindOf({ kind }: Job): JobKind | undefined {
    return this.#options.kinds.find(({ name }) => name === kind);
  }

  /** One start of a job, in the trace of the request that it came of. */
  #startSpan(job: Job): Span {
    const { tracer = silentTracer } = this.#options;
    const { id, kind, owner, attempt } = job;
    return tracer.start(`job ${kind}`, {
      kind: 'consumer',
      parent: originOf(job.labels)?.trace,
      attributes: { 'hone.job.id': id, 'hone.job.owner': owner, 'hone.job.attempt': attempt },
    });
  }

  #say(level: 'info' | 'warn' | 'error', message: string, job?: Job): void {
    const requestId = job && originOf(job.labels)?.requestId;
    this.#options.log?.({
      ...{ level, message },
      ...(job && { jobId: job.id, owner: job.owner }),
      ...(requestId !== undefined && { requestId }),
    });
  }
}

/** Of two limits, null being none. */
function shorter(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
