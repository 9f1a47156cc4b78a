// One claimed job: its process is started, watched and heard; what is asked of the job reaches it; the job ends exactly once.
import { getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  describeFailure,
  type JobKind,
  type JobOutcome,
  type MessageOfJob,
  type MessageToJob,
  type StartMessage,
  tunedEnvironment,
} from '../app/index.ts';
import { StateError } from '../core/index.ts';
import type { ClaimedJob, Job, JsonValue, Order } from '../jobs/index.ts';
import { childEnvironment, type LaunchedRun, type Platform, type RunEnd } from '../platform/index.ts';
import { type Ending, endOf } from './ending.ts';

/** How jobs are run. Times in ms, memory in bytes. */
export type RunSettings = {
  readonly platform: Platform;
  readonly leaseMs: number;
  readonly memoryLimit: number | null;
  readonly timeLimit: number | null;
  /** How long a job that is to pause has to get to a checkpoint. */
  readonly pauseGraceMs: number;
};

export type JobRunOptions = RunSettings & { readonly kind: JobKind; readonly directory: string };

/** What is asked of a run. */
export type Asked = 'cancel' | 'pause' | 'release' | undefined;

/** From a request to cancel to the end of the process, with the wait for the heartbeat, less than 2 s. */
const cancelGraceMs = 700;
const longestBeat = 800;

export class JobRun {
  readonly #claimed: ClaimedJob;
  readonly #options: JobRunOptions;
  #launched: LaunchedRun | undefined;
  #asked: Asked;
  #isLost = false;
  #graceMs: number | undefined;
  #progress: JsonValue | undefined;
  #outcome: JobOutcome | undefined;
  #lastBeat: Promise<unknown> = Promise.resolve();
  /** What was told so far, in its order. */
  #told: Promise<void> = Promise.resolve();

  constructor(claimed: ClaimedJob, options: JobRunOptions) {
    this.#claimed = claimed;
    this.#options = options;
  }

  get job(): Job {
    return this.#claimed.job;
  }

  /** Carries the job out. @returns the job as it stands afterwards; undefined where it is another's by now */
  async run(): Promise<Job | undefined> {
    const over = new AbortController();
    const beating = this.#beat(over.signal);
    try {
      const ending = await this.#ending();
      await this.#told;
      return this.#isLost ? undefined : await this.#untilKept(() => this.#end(ending));
    } catch (error) {
      if (this.#isLost || error instanceof StateError) return undefined;
      throw error;
    } finally {
      over.abort();
      await beating;
    }
  }

  /** Lets the job go back into the queue, from a checkpoint if it gets to one in time. */
  release(graceMs: number): void {
    this.#ask('release', graceMs);
  }

  async #ending(): Promise<Ending> {
    try {
      const { kind, directory, platform, memoryLimit, timeLimit } = this.#options;
      const { job } = this.#claimed;
      const { program, settings } = kind;
      this.#launched = await platform.launch({
        entry: program,
        directory,
        message: { type: 'start', job, directory, settings } satisfies StartMessage,
        environment: {
          ...childEnvironment(),
          ...tunedEnvironment(),
          HONE_CACHE: join(directory, 'cache'),
          ...compileCache(),
        },
        memoryLimit,
        timeLimit,
        onMessage: (message) => this.#hear(message as MessageOfJob),
      });
      if (this.#isLost) void this.#launched.kill();
      else if (this.#graceMs !== undefined) void this.#launched.stop({ graceMs: this.#graceMs });
      const end: RunEnd = await this.#launched.ended;
      return endOf(end, { asked: this.#asked, outcome: this.#outcome, limits: this.#options });
    } catch (error) {
      return { type: 'failed', ...describeFailure(error) };
    }
  }

  #hear(message: MessageOfJob): void {
    switch (message.type) {
      case 'progress':
        this.#progress = message.progress;
        break;
      case 'event':
        this.#then(() =>
          this.#claimed.emit(message.event, message.once === undefined ? {} : { once: message.once }),
        );
        break;
      case 'confirm':
        this.#then(async () => {
          this.#obey(await this.#heartbeat(message));
          const answer: MessageToJob = { type: 'confirmed', number: message.number };
          if (!this.#isLost) this.#launched?.send(answer);
        });
        break;
      default:
        this.#outcome = message;
    }
  }

  /** After all that was told before. */
  #then(work: () => Promise<void>): void {
    this.#told = this.#told
      .then(() => (this.#isLost ? undefined : this.#untilKept(work)))
      .catch((error: unknown) => this.#lose(error));
  }

  /** A database that cannot be reached may be there again before the lease ends. */
  async #untilKept<T>(work: () => Promise<T>): Promise<T> {
    const limit = Date.now() + this.#options.leaseMs;
    for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof StateError || this.#isLost || Date.now() > limit) throw error;
        await sleep(pause);
      }
    }
  }

  async #beat(over: AbortSignal): Promise<void> {
    const { leaseMs } = this.#options;
    const pause = Math.min(leaseMs / 3, longestBeat);
    for (let heard = Date.now(); !over.aborted && !this.#isLost; ) {
      await sleep(pause, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
      try {
        this.#obey(await this.#heartbeat());
        heard = Date.now();
      } catch (error) {
        // Whether the lease still holds cannot be known any more
        if (Date.now() - heard > leaseMs) this.#lose(error);
      }
    }
  }

  /** One after the other: of two at once the one with the older progress might be the last to be written. */
  #heartbeat({ advanced = false }: { readonly advanced?: boolean } = {}): Promise<Order> {
    const beat = this.#lastBeat.then(() => this.#claimed.heartbeat(this.#progress, { advanced }));
    this.#lastBeat = beat.catch(() => undefined);
    return beat;
  }

  #obey(order: Order): void {
    if (order === 'lost') this.#lose(undefined);
    else if (order === 'cancel') this.#ask('cancel', cancelGraceMs);
    else if (order === 'pause') this.#ask('pause', this.#options.pauseGraceMs);
  }

  #ask(what: Exclude<Asked, undefined>, graceMs: number): void {
    // A worker that shuts down does not wait for a pause; a cancellation waits for nothing
    if (this.#asked === what || this.#asked === 'cancel' || (this.#asked === 'release' && what === 'pause'))
      return;
    this.#asked = what;
    this.#graceMs = graceMs;
    void this.#launched?.stop({ graceMs });
  }

  #lose(_reason: unknown): void {
    this.#isLost = true;
    void this.#launched?.kill();
  }

  /** A failure that may pass is told, too: whoever waits sees why it takes longer. */
  async #fail({ error, retry }: Extract<Ending, { readonly type: 'failed' }>): Promise<Job> {
    if (retry) {
      const message = `The job was stopped by an error and is tried again if it can be: ${error.message}`;
      await this.#claimed.emit({ type: 'message', level: 'warn', message });
    }
    return this.#claimed.fail(error, { retry });
  }

  #end(ending: Ending): Promise<Job> {
    const claimed = this.#claimed;
    switch (ending.type) {
      case 'done':
        return claimed.succeed(ending.result);
      case 'failed':
        return this.#fail(ending);
      case 'cancelled':
        return claimed.cancelled();
      case 'paused':
        return claimed.pause();
      case 'released':
        return claimed.release();
    }
  }
}

/** What this process has compiled its processes need not compile again. */
function compileCache(): Readonly<Record<string, string>> {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory };
}
