// What a job is: data that callers read; the queue alone changes it.

/** What JSON can say. Numbers must be finite: JSON has no other. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** All states, in the order of a life. The last three are final: a job never leaves them. */
export const jobStates = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;

/** Where a job stands. */
export type JobState = (typeof jobStates)[number];

/** What was asked of a running job; its worker acts on it. */
export type JobRequest = 'cancel' | 'pause';

/** Why a job failed. `code` is for programs: `worker_lost` is the queue's own, the others are the workers'. */
export type JobError = {
  readonly code: string;
  readonly message: string;
  /** The part of the specification that is at fault. */
  readonly param?: string | null;
};

/** A job. Times are in ms since 1970. */
export type Job = {
  readonly id: string;
  /** What is to be done, by name; who claims a kind knows how. */
  readonly kind: string;
  readonly owner: string;
  /** How it is to be done; what a kind's specification holds is the kind's business. */
  readonly spec: JsonValue;
  readonly state: JobState;
  /** Higher goes first; 0 unless given. */
  readonly priority: number;
  /** Starts since the work last got further, without those that ended by a pause or by a worker that shut down. */
  readonly attempt: number;
  /** With as many starts that failed or lost their worker, the job is failed. */
  readonly maxAttempts: number;
  readonly createdAt: number;
  /** The first start. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Not claimed before. */
  readonly availableAt: number;
  readonly request: JobRequest | null;
  /** Who runs it; null unless it runs. */
  readonly worker: string | null;
  readonly leaseUntil: number | null;
  /** As the worker told it last. */
  readonly progress: JsonValue | null;
  readonly result: JsonValue | null;
  readonly error: JobError | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Jobs of one key can be limited in how many run at once. */
  readonly groupKey: string | null;
  /** Grows with every change of the job and every event. */
  readonly revision: number;
};

/** How much an event matters. */
export type EventLevel = 'info' | 'warn' | 'error';

/** Something to tell of a job. */
export type NewEvent = {
  /** `message`, `metrics`: the kind's own words. */
  readonly type: string;
  readonly level?: EventLevel;
  readonly message?: string;
  readonly data?: JsonValue;
};

/** Something that happened to a job. */
export type JobEvent = {
  /** Rises within a job, with gaps; a reader who has seen one has seen all lower ones that will ever be. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  readonly level: EventLevel;
  readonly message: string;
  readonly data: JsonValue | null;
};

/** Whether a job in this state never changes again. */
export function isFinal(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
