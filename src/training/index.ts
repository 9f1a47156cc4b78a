// Training: objectives, steps, checkpoints, recipes.
export { dataSchema, type TrainConfig, type TrainSpec, trainSchema } from './config.ts';
export { configFaults } from './config-faults.ts';
export * from './losses/index.ts';
export type { BuildOptions, Objective, ObjectiveGraph } from './objectives/objective.ts';
export { type EncodedPair, pairRows, type TrainedSequence } from './objectives/pair-rows.ts';
export {
  type AnswerLogProbs,
  answerLogProbs,
  type PairRows,
  type PreferenceBatch,
  type PreferenceOptions,
  preferenceObjective,
} from './objectives/preference.ts';
export type { TokenRows } from './objectives/rows.ts';
export { type SequenceRow, sequenceRows } from './objectives/sequence-rows.ts';
export { type SftBatch, sftObjective, tokenMeanWeights } from './objectives/sft.ts';
export {
  type DataConfig,
  type EncodeContext,
  encodePairs,
  encodeSequences,
  type Prepared,
  type PreparedData,
  type RawData,
  readData,
} from './recipes/data.ts';
export { evaluatePairs, type ReferencedPair, trainDpo } from './recipes/dpo.ts';
export { cacheDirectory, computeLogProbs } from './recipes/reference.ts';
export { checkTrainConfig, maxLengthOf, resolveConfig } from './recipes/settings.ts';
export { type EvaluateOptions, evaluateSft, trainSft } from './recipes/sft.ts';
export { checkpointModel, checkpointSteps } from './run/checkpoint.ts';
export type { RunControl, RunEvent, RunSummary, SavedCheckpoint } from './run/events.ts';
export { bestModel } from './run/loop.ts';
export { type MetricsRow, readMetrics } from './run/metrics-log.ts';
export { referenceNames } from './run/reference-names.ts';
export { lockRun } from './run/run-lock.ts';
export { ParameterStore } from './step/parameter-store.ts';
export { type StepGraphOptions, stepGraph, type WrapWeights } from './step/step-graph.ts';
export { type BatchResult, ForwardRunner, StepRunner, type UpdateOptions } from './step/trainer-step.ts';
