// The durable queue: jobs, claimed by workers under leases, retried, paused, cancelled, and told of by events.
export type { ClaimRequest } from './claim.ts';
export type { ClaimedJob, Order } from './claimed-job.ts';
export type { EventOptions, EventPage, EventQuery } from './events.ts';
export {
  type EventLevel,
  isFinal,
  type Job,
  type JobError,
  type JobEvent,
  type JobRequest,
  type JobState,
  type JsonValue,
  jobStates,
  type NewEvent,
} from './job.ts';
export { type Jobs, type JobsOptions, type OwnerOptions, openJobs } from './jobs.ts';
export type { CountQuery, JobPage, JobQuery } from './list.ts';
export { jobsMigration } from './migration.ts';
export type { NewJob, Submission } from './submit.ts';
export type { WaitOptions } from './wait.ts';
