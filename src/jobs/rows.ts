// A job and an event as their rows tell them.
import type { Selectable } from 'kysely';
import type { JobRow } from './context.ts';
import type { Job, JobError, JobEvent, JsonValue } from './job.ts';
import { fromJson } from './json.ts';
import type { JobTables } from './tables.ts';

export function jobOf(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    owner: row.owner,
    spec: fromJson(row.spec),
    state: row.state,
    priority: row.priority,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    availableAt: row.available_at,
    request: row.request,
    worker: row.worker,
    leaseUntil: row.lease_until,
    progress: optional<JsonValue>(row.progress),
    result: optional<JsonValue>(row.result),
    error: optional<JobError>(row.error),
    labels: fromJson<Record<string, string>>(row.labels),
    groupKey: row.group_key,
    revision: row.revision,
  };
}

export function eventOf(row: Selectable<JobTables['job_events']>): JobEvent {
  const { number, at, type, level, message } = row;
  return { number, at, type, level, message, data: optional<JsonValue>(row.data) };
}

function optional<T>(text: string | null): T | null {
  return text === null ? null : JSON.parse(text);
}
