// Runs listed, shown, compared, exported, deleted: on this machine or on a server.
export type { ArtifactTree } from './artifact-tree.ts';
export {
  collectGarbage,
  deleteForGood,
  type GarbagePreview,
  type GarbageReport,
  type GarbageRequest,
  previewGarbage,
} from './collect-garbage.ts';
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
export {
  deleteTargets,
  findTargets,
  type NamedTargets,
  restoreTargets,
  type Targets,
} from './delete-runs.ts';
export {
  type ExportFormat,
  type ExportRequest,
  type ExportTarget,
  exportFormats,
  exportRuns,
} from './export/export-runs.ts';
export { findRun } from './find-runs.ts';
export { type Leaderboard, type LeaderboardRequest, leaderboard, type Ranked } from './leaderboard.ts';
export { listRuns, type RunList, type RunSelection } from './list-runs.ts';
export type { MetricOrder } from './metric-order.ts';
export type { MetricSummary } from './metric-summary.ts';
export { openExistingStores, openRunSource, type RunLocations, serverOf } from './open-run-source.ts';
export { isoTime, jsonNumber, type RunRecord, runRecord } from './run-record.ts';
export type { ArtifactEntry, RunSource } from './run-source.ts';
export { type RunDetails, showRun } from './show-run.ts';
