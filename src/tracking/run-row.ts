// A row of the table of runs, and what it says of the run.
import type { Lifecycle, RunInfo, RunStatus } from './entities.ts';

export type RunRow = {
  readonly id: number;
  readonly run_id: string;
  readonly experiment: number;
  readonly name: string;
  readonly user_id: string;
  readonly status: RunStatus;
  readonly start_time: number;
  readonly end_time: number | null;
  readonly artifact_uri: string;
  readonly lifecycle: Lifecycle;
  readonly deleted_at: number | null;
};

export function toRunInfo(row: Omit<RunRow, 'id'>): RunInfo {
  return {
    runId: row.run_id,
    experimentId: String(row.experiment),
    name: row.name,
    userId: row.user_id,
    status: row.status,
    startTime: row.start_time,
    endTime: row.end_time ?? undefined,
    artifactUri: row.artifact_uri,
    lifecycle: row.lifecycle,
  };
}
