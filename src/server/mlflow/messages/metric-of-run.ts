// The values of a metric of several runs.
import type { MlflowContext } from '../context.ts';
import { double, int64, message, string } from '../wire/index.ts';

export const metricOfRun = message({
  key: string(),
  value: double(),
  timestamp: int64(),
  step: int64(),
  run_id: string(),
});

/** Row numbers of runs by their ids. @throws NotFoundError for a run that is not there */
export async function rowsOfRuns(
  { tracking }: MlflowContext,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  for (const runId of runIds) rows.set(runId, (await tracking.runs.find(runId)).id);
  return rows;
}
