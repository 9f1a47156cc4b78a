// Jobs and events as JSON, with exact times.
import type { Job, JobEvent } from '../../../app/index.ts';

export function jobRecord(job: Job) {
  return {
    ...job,
    createdAt: time(job.createdAt),
    startedAt: time(job.startedAt),
    finishedAt: time(job.finishedAt),
    availableAt: time(job.availableAt),
    leaseUntil: time(job.leaseUntil),
  };
}

export function eventRecord(event: JobEvent) {
  return { ...event, at: time(event.at) };
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
