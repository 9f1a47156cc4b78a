// The place where a run happens: what its machine, code and data are, as plain data for whoever keeps a record.
export { type CodeVersion, type CodeVersionOptions, codeTags, codeVersion } from './code/code-version.ts';
export { currentUser } from './current-user.ts';
export {
  type ColumnType,
  columnsOf,
  type DatasetColumn,
  type PropertyType,
  type ScalarType,
} from './dataset/columns.ts';
export { type DatasetDescription, type DatasetSource, datasetSource } from './dataset/dataset-source.ts';
export {
  type DetectedPlatform,
  type DetectOptions,
  detectPlatform,
  type PlatformName,
} from './detect-platform.ts';
export * from './launch/index.ts';
export { type Environment, environment } from './machine/environment.ts';
export { SystemMonitor, type SystemMonitorOptions } from './machine/system-monitor.ts';
export * from './remote/index.ts';
export * from './telemetry/index.ts';
