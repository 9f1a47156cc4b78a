// Tracking: experiments, runs and what is logged to them; MLflow's meaning without its HTTP.
export type {
  Experiment,
  Lifecycle,
  Metric,
  Page,
  Param,
  Run,
  RunInfo,
  RunStatus,
  Tag,
  View,
} from './entities.ts';
export { runStatuses } from './entities.ts';
export * from './evaluation-datasets/index.ts';
export type { ExperimentOptions, Experiments, NewExperiment } from './experiments.ts';
export type {
  Dataset,
  DatasetInput,
  DatasetSummary,
  Inputs,
  ModelOutput,
  NewInputs,
  RunInputs,
} from './inputs/index.ts';
export type {
  DatasetFilter,
  LoggedModel,
  LoggedModelMetric,
  LoggedModelQuery,
  LoggedModelSearch,
  LoggedModelStatus,
  LoggedModels,
  ModelOrder,
  NewLoggedModel,
} from './logged-models/index.ts';
export { loggedModelStatuses, loggedModelsMigration } from './logged-models/index.ts';
export type { HistoryRequest, IntervalRequest, MetricHistory, MetricOfRun } from './metric-history.ts';
export { trackingMigration } from './migration.ts';
export * from './purge/index.ts';
export * from './recording/index.ts';
export * from './restore/index.ts';
export type { Batch, RunLog } from './run-log.ts';
export { appendPath, type NewRun, type Runs, type RunUpdate } from './runs.ts';
export type { ExperimentQuery, ExperimentSearch } from './search/experiment-search.ts';
export type { RunQuery, RunSearch } from './search/run-search.ts';
export * from './traces/index.ts';
export { openTracking, type Tracking } from './tracking.ts';
