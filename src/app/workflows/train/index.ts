// A training run from its configuration to its directory.
export { formatTrainConfig, loadTrainConfig, type TrainingSource, trainJsonSchema } from './config.ts';
export type { RecordedTraining, RecordPlace } from './record/index.ts';
export * from './reference/index.ts';
export { runTraining, type TrainingControl, type TrainingRun } from './run.ts';
