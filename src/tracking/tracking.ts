// Opens tracking on a database: its parts, wired to each other.
import type { Database } from '../store/index.ts';
import { type ExperimentOptions, Experiments } from './experiments.ts';
import { MetricHistory } from './metric-history.ts';
import { Names } from './names.ts';
import { RunLog } from './run-log.ts';
import { Runs } from './runs.ts';
import type { TrackingTables } from './tables.ts';

/** Tracking on one database. */
export type Tracking = {
  readonly experiments: Experiments;
  readonly runs: Runs;
  readonly log: RunLog;
  readonly history: MetricHistory;
};

/** Opens tracking on a database that has been migrated, and makes the default experiment if it is not there. */
export async function openTracking(database: Database, options: ExperimentOptions): Promise<Tracking> {
  const tables = database.tables<TrackingTables>();
  const names = new Names(tables);
  const experiments = new Experiments(tables, options);
  await experiments.ensureDefault();
  return {
    experiments,
    runs: new Runs(tables, experiments, names),
    log: new RunLog(tables, names),
    history: new MetricHistory(tables, names),
  };
}
