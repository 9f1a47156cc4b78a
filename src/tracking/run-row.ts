// A row of the table of runs, and what it says of the run.
import type { Selectable } from 'kysely';
import type { RunInfo } from './entities.ts';
import type { TrackingTables } from './tables.ts';

export type RunRow = Selectable<TrackingTables['runs']>;

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
