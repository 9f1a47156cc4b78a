// Sends a spool to its target, in order, beside the training and without its knowledge.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../../core/index.ts';
import { deliver } from './deliver.ts';
import { nextWork } from './next-work.ts';
import { type Position, readPosition, writePosition } from './position.ts';
import type { RunTarget } from './run-target.ts';
import { lockSender } from './sender-lock.ts';
import { readHeader } from './spool.ts';
import type { SpoolHeader } from './spool-entries.ts';
import { entriesFile, lockFile } from './spool-files.ts';

/** Opens the target of a spool. @throws InputError when there can be none by that name */
export type OpenTarget = (destination: string) => Promise<RunTarget>;

export type SenderOptions = {
  readonly open: OpenTarget;
  /** Hears why the target does not take the record for now: when it fails for the second time in a row, before the end. */
  readonly onTrouble?: (reason: string) => void;
  /** Milliseconds before the first attempt is repeated, and at most between two. */
  readonly backOff?: { readonly first: number; readonly longest: number };
};

/** What came of sending. */
export type Delivery = {
  /** Whether the target has all that the spool holds, but for what it refused. */
  readonly isComplete: boolean;
  /** As the target knows the run; absent while it does not. */
  readonly runId: string | undefined;
  /** Where the run is recorded. */
  readonly destination: string;
  /** Entries that the target did not take, now or earlier: `refused.jsonl` in the spool's directory names them. */
  readonly refused: number;
  /** Why sending did not go on, or why something was refused. */
  readonly trouble: string | undefined;
};

/** How long {@link SpoolSender.finish} waits. */
export type FinishOptions = {
  /** Milliseconds for the record; a file that is on its way may take longer, as long as it moves. */
  readonly patience: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
};

/** Entries that come within this time, in milliseconds, are sent together. */
const gatherMs = 1000;
/** Milliseconds for the target to give up what is under way. */
const closeMs = 2000;
/** Failed attempts in a row after which nobody waits any longer for the end. */
const hopeless = 4;

/** Sends one spool. */
export class SpoolSender {
  readonly #directory: string;
  readonly #header: SpoolHeader;
  readonly #options: SenderOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #position: Position;
  #target: RunTarget | undefined;
  #unlock: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isFinishing = false;
  #failures = 0;
  #trouble: string | undefined;
  #isBlocked = false;
  #movedAt = 0;
  #isUploading = false;

  /** @throws InputError where there is no spool */
  constructor(directory: string, options: SenderOptions) {
    const header = readHeader(directory);
    if (header === undefined)
      throw new InputError(
        `Cannot send the record in '${directory}': its first line is missing; remove the directory`,
      );
    this.#directory = directory;
    this.#header = header;
    this.#options = options;
    this.#position = readPosition(directory);
  }

  /** Whether nothing is left to be sent. */
  get isComplete(): boolean {
    return nextWork(this.#file, this.#position.offset) === undefined && this.#position.offset > 0;
  }

  /** Begins to send, and goes on as entries come. Never throws. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Sends what is left, waits for it as told, and ends. */
  async finish({ patience, signal }: FinishOptions): Promise<Delivery> {
    this.#isFinishing = true;
    this.#failures = 0;
    this.start();
    this.#wakeUp();
    const running = this.#running;
    let isDone = false;
    void running?.then(() => {
      isDone = true;
    });
    const limit = Date.now() + patience;
    while (!isDone && !signal?.aborted && (Date.now() < limit || this.#isMoving(patience))) await sleep(20);
    this.#stop.abort();
    this.#wakeUp();
    const isClosed = new AbortController();
    const limitPassed = sleep(closeMs, undefined, { signal: isClosed.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.#target?.close(), running]), limitPassed]);
    isClosed.abort();
    return this.#delivery();
  }

  get #file(): string {
    return join(this.#directory, entriesFile);
  }

  #isMoving(patience: number): boolean {
    return this.#isUploading && Date.now() - this.#movedAt < patience;
  }

  #wakeUp(): void {
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted && !this.#isBlocked) {
      try {
        const sent = await this.#sendNext();
        this.#failures = 0;
        if (!sent && this.#isFinishing) break;
        if (!this.#isFinishing) await this.#pause(gatherMs);
      } catch (error) {
        await this.#failed(error);
      }
    }
    this.#unlock?.();
    this.#unlock = undefined;
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#trouble = reason;
    this.#failures++;
    this.#isBlocked = error instanceof InputError || (this.#isFinishing && this.#failures >= hopeless);
    // One failure is no news: servers restart
    if (!this.#isFinishing && (this.#isBlocked || this.#failures === 2)) this.#options.onTrouble?.(reason);
    const { first, longest } = this.#options.backOff ?? { first: 500, longest: 60_000 };
    if (!this.#isBlocked)
      await this.#pause(Math.min(longest, first * 2 ** (this.#failures - 1)) * (0.75 + Math.random() / 2));
  }

  /** False when there is nothing to send. */
  async #sendNext(): Promise<boolean> {
    this.#unlock ??= lockSender(join(this.#directory, lockFile));
    this.#target ??= await this.#options.open(this.#header.destination);
    const target = this.#target;
    const runId = this.#position.runId ?? (await this.#createRun(target));
    const work = nextWork(this.#file, this.#position.offset);
    if (work === undefined) return false;
    this.#isUploading = 'entry' in work && work.entry.type === 'artifact';
    const onBytes = () => {
      this.#movedAt = Date.now();
    };
    onBytes();
    const refused = await deliver({ target, runId, directory: this.#directory, onBytes }, work).finally(
      () => {
        this.#isUploading = false;
      },
    );
    const count = refused.reduce((sum, refusal) => sum + refusal.count, 0);
    await this.#advance({ ...this.#position, offset: work.end, refused: this.#position.refused + count });
    this.#trouble =
      refused[0]?.reason ?? (count === 0 && this.#position.refused > 0 ? this.#trouble : undefined);
    return true;
  }

  async #createRun(target: RunTarget): Promise<string> {
    const { experiment, runId: given, ...run } = this.#header;
    const runId =
      given ?? (await target.createRun({ ...run, experimentId: await target.ensureExperiment(experiment) }));
    if (given !== undefined) await target.logBatch(given, { tags: run.tags });
    await this.#advance({ ...this.#position, runId });
    return runId;
  }

  async #advance(position: Position): Promise<void> {
    await writePosition(this.#directory, position);
    this.#position = position;
  }

  /** Waits, unless woken. */
  async #pause(milliseconds: number): Promise<void> {
    const signal = AbortSignal.any([this.#wake.signal, this.#stop.signal]);
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  #delivery(): Delivery {
    const { isComplete } = this;
    return {
      isComplete,
      runId: this.#position.runId,
      destination: this.#target?.description ?? this.#header.destination,
      refused: this.#position.refused,
      trouble: this.#trouble ?? (isComplete ? undefined : 'it did not take everything in time'),
    };
  }
}
