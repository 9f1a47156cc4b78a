// What a worker and the process of a job tell each other.
import type { Job, JobError, JsonValue, NewEvent } from '../../jobs/index.ts';

/** The first message to the process. */
export type StartMessage = {
  readonly type: 'start';
  readonly job: Job;
  readonly directory: string;
  readonly settings: JsonValue;
};

/** To the process. `stop` comes from the platform. */
export type ToProgram =
  | StartMessage
  | { readonly type: 'stop' }
  | { readonly type: 'confirmed'; readonly number: number };

/** How a program's work ended, if it came to an end. */
export type Outcome =
  | { readonly type: 'done'; readonly result: JsonValue }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: JobError; readonly retry: boolean };

/** To the worker. */
export type FromProgram =
  | { readonly type: 'event'; readonly event: NewEvent; readonly once?: string }
  | { readonly type: 'progress'; readonly progress: JsonValue }
  | { readonly type: 'confirm'; readonly number: number; readonly advanced: boolean }
  | Outcome;
