// Training: objectives, steps, checkpoints, recipes.
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
export { ParameterStore } from './step/parameter-store.ts';
export { type StepGraphOptions, stepGraph, type WrapWeights } from './step/step-graph.ts';
export { type BatchResult, ForwardRunner, StepRunner, type UpdateOptions } from './step/trainer-step.ts';
