// Opens tracking on a database: its parts, wired to each other.
import type { Database } from '../store/index.ts';
import { type EvaluationDatasets, openEvaluationDatasets } from './evaluation-datasets/index.ts';
import { type ExperimentOptions, Experiments } from './experiments.ts';
import { Inputs } from './inputs/index.ts';
import { LoggedModelSearch, LoggedModels } from './logged-models/index.ts';
import { MetricHistory } from './metric-history.ts';
import { Names } from './names.ts';
import { Purge } from './purge/purge.ts';
import type { PurgeTables } from './purge/tables.ts';
import { RunLog } from './run-log.ts';
import { Runs } from './runs.ts';
import { ExperimentSearch } from './search/experiment-search.ts';
import { RunSearch } from './search/run-search.ts';
import type { TrackingTables } from './tables.ts';
import { openTracing, type Tracing } from './traces/index.ts';

/** Tracking on one database. */
export type Tracking = {
  readonly experiments: Experiments;
  readonly runs: Runs;
  readonly experimentSearch: ExperimentSearch;
  readonly runSearch: RunSearch;
  readonly log: RunLog;
  readonly history: MetricHistory;
  readonly inputs: Inputs;
  readonly loggedModels: LoggedModels;
  readonly loggedModelSearch: LoggedModelSearch;
  readonly tracing: Tracing;
  readonly evaluationDatasets: EvaluationDatasets;
  readonly purge: Purge;
};

/** Opens tracking on a database that has been migrated, and makes the default experiment if it is not there. */
export async function openTracking(database: Database, options: ExperimentOptions): Promise<Tracking> {
  const tables = database.tables<TrackingTables>();
  const names = new Names(tables);
  const experiments = new Experiments(tables, options);
  await experiments.ensureDefault();
  const tracing = openTracing(database);
  return {
    experiments,
    runs: new Runs(tables, experiments, names),
    experimentSearch: new ExperimentSearch(tables),
    runSearch: new RunSearch(tables, names),
    log: new RunLog(tables, names),
    history: new MetricHistory(tables, names),
    inputs: new Inputs(tables, names),
    loggedModels: new LoggedModels(tables, experiments, names),
    loggedModelSearch: new LoggedModelSearch(tables, names),
    tracing,
    evaluationDatasets: openEvaluationDatasets(database),
    purge: new Purge(database.tables<PurgeTables>(), tracing.traces),
  };
}
