// The rows of the queue's tables, as the queries of this folder see them.
import type { Generated } from 'kysely';
import type { EventLevel, JobRequest, JobState } from './job.ts';

/** `number` counts jobs in the order of their submission. Times are in ms; what is JSON in a job is its text here. */
export type JobTables = {
  readonly jobs: {
    readonly number: Generated<number>;
    readonly id: string;
    readonly kind: string;
    readonly owner: string;
    readonly spec: string;
    readonly state: JobState;
    readonly priority: number;
    readonly attempt: number;
    readonly max_attempts: number;
    readonly created_at: number;
    readonly started_at: number | null;
    readonly finished_at: number | null;
    readonly available_at: number;
    readonly request: JobRequest | null;
    readonly worker: string | null;
    /** Rises with every claim: who holds an older one has lost the job. */
    readonly lease: number;
    readonly lease_until: number | null;
    readonly progress: string | null;
    readonly result: string | null;
    readonly error: string | null;
    readonly labels: string;
    readonly group_key: string | null;
    /** Null again once its window has passed. */
    readonly dedupe_key: string | null;
    readonly revision: number;
    /** The number of the last event. */
    readonly last_event: number;
    /** 1 once somebody has taken note of the job's end. */
    readonly acknowledged: number;
  };
  readonly job_labels: { readonly job: number; readonly key: string; readonly value: string };
  readonly job_events: {
    readonly job: number;
    readonly number: number;
    readonly at: number;
    readonly type: string;
    readonly level: EventLevel;
    readonly message: string;
    readonly data: string | null;
    /** A milestone's name: told once, never pruned. */
    readonly once: string | null;
  };
};
