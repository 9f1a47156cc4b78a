// Runs listed, shown, compared, exported, deleted: on this machine or on a server.
export type { ArtifactTree } from './artifact-tree.ts';
export {
  attributeColumns,
  type Cell,
  type Column,
  type ColumnKind,
  columnsOf,
  commonMetrics,
  isInternal,
  keyedColumn,
  keysOf,
  type RunKeys,
} from './columns.ts';
export { type ComparedMetric, type ComparedRow, compareRuns, type RunComparison } from './compare-runs.ts';
export { findRun } from './find-runs.ts';
export { listRuns, type RunList, type RunSelection } from './list-runs.ts';
export type { MetricSummary } from './metric-summary.ts';
export { openRunSource, type RunLocations } from './open-run-source.ts';
export { isoTime, jsonNumber, type RunRecord, runRecord } from './run-record.ts';
export type { ArtifactEntry, RunSource } from './run-source.ts';
export { type RunDetails, showRun } from './show-run.ts';
