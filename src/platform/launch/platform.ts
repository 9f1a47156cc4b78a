// What carries runs out: it says what it can do, starts a run in a process of its own, and tells how that ended.
import type { PlatformName } from '../detect-platform.ts';

/** What a platform can do with a run; who asks for more is refused. */
export type PlatformCapabilities = {
  /** A run can be stopped: asked first, forced after a time. */
  readonly stop: boolean;
  /** A run that was stopped can go on in another process, from what it left in its directory. */
  readonly resume: boolean;
  /** A run that takes more memory than it may is ended alone. */
  readonly memoryLimit: boolean;
  readonly timeLimit: boolean;
  /** The run's process sees the accelerators of this machine. */
  readonly accelerators: boolean;
  /** Hosts that one run can use. */
  readonly hosts: number;
};

/** A run to be carried out. */
export type LaunchRequest = {
  /** The module that Node runs. */
  readonly entry: URL;
  /** The run's own directory, made where it is missing; it is the process's working directory. */
  readonly directory: string;
  /** Sent to the process once it is there: the place for what must not stand in its arguments or environment. */
  readonly message: unknown;
  /** The process's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resident bytes; null: no limit. */
  readonly memoryLimit: number | null;
  /** Milliseconds from the start; null: no limit. */
  readonly timeLimit: number | null;
  /** Takes each message that the process sends. */
  readonly onMessage: (message: unknown) => void;
};

/** How a run's process ended. */
export type RunEnd = {
  /** `exit`: by itself or by somebody else's signal; `stop`: forced, after it was asked; or a limit was passed. */
  readonly cause: 'exit' | 'stop' | 'memory-limit' | 'time-limit';
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The most resident bytes that were seen; 0 where they cannot be. */
  readonly peakMemory: number;
  /** Its last words on standard error, at most 4,000 characters. */
  readonly lastWords: string;
};

/** How long a run that is asked to stop has, in milliseconds, before it is forced. */
export type StopOptions = { readonly graceMs: number };

/** A run that was started. */
export interface LaunchedRun {
  readonly pid: number;
  /** Resolves when the process and all that it started are gone. Never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Sends a message to the process; one that is gone gets none. */
  send(message: unknown): void;
  /** Asks the process to stop, and forces it when the time is over. May be called again, with less time. */
  stop(options: StopOptions): Promise<RunEnd>;
  /** Ends the process at once. */
  kill(): Promise<RunEnd>;
}

/** A place that carries runs out. */
export interface Platform {
  readonly name: PlatformName;
  readonly capabilities: PlatformCapabilities;
  /** @throws InputError for a limit that the platform cannot keep; ResourceError where no process can be started */
  launch(request: LaunchRequest): Promise<LaunchedRun>;
}
