// What a worker must know of a kind of job: the program that does the work in a process of its own, and what to do afterwards.
import { InputError } from '../../core/index.ts';
import type { EventOptions, Job, JsonValue, NewEvent } from '../../jobs/index.ts';

/** A kind of job. */
export type JobKind = {
  readonly name: string;
  /** What the process runs: a file that calls `runJobProcess`. */
  readonly program: URL;
  /** What the program is told beside the job; it goes to its process alone and may hold secrets. */
  readonly settings: JsonValue;
  /** Time that each start of a job may take, in ms; null: any. */
  readonly timeLimitOf?: (job: Job) => number | null;
  /** In the worker, once a job has ended for good, however it ended; may be called again. */
  readonly ended: (job: Job, directory: string) => Promise<void>;
};

/** How `confirm` asks. */
export type ConfirmOptions = { readonly advanced?: boolean };

/** What a program works with. */
export type JobContext = {
  readonly job: Job;
  /** The job's own directory on this machine. */
  readonly directory: string;
  readonly settings: JsonValue;
  /** Aborts when the work is to stop where it can go on: it then ends by an InterruptedError. */
  readonly signal: AbortSignal;
  emit(event: NewEvent, options?: EventOptions): void;
  /** How the job stands, for whoever looks; the newest replaces all before. */
  progress(progress: JsonValue): void;
  /**
   * Resolves when all that was told is kept and the job is this process's still; else the process is ended. To be awaited before writes
   * that others see. With `advanced` the work has got further than any start before, and another start would go on from here: those that
   * failed do not count any more.
   */
  confirm(options?: ConfirmOptions): Promise<void>;
};

/** Does a job's work; what it resolves to is the job's result. */
export type JobProgram = (context: JobContext) => Promise<JsonValue>;

/** Which fault ended a job, for programs, and which part of the specification is to blame. */
export class JobFault extends InputError {
  override readonly name = 'JobFault';
  readonly code: string;
  readonly param: string | null;

  constructor(
    message: string,
    { code, param = null }: { readonly code: string; readonly param?: string | null },
  ) {
    super(message);
    this.code = code;
    this.param = param;
  }
}
