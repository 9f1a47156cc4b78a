// A training run from its configuration to its directory.
export { formatTrainConfig, loadTrainConfig, type TrainingSource, trainJsonSchema } from './config.ts';
export { runTraining, type TrainingRun } from './run.ts';
