// Preference losses as pure functions on graph tensors, their options and their metrics.
export { checkPairLossOptions } from './check-options.ts';
export { type DivergenceName, divergenceNames } from './divergence.ts';
export { type JudgedInputs, type KtoOptions, ktoLoss, ktoReferencePoint } from './kto.ts';
export type { PairInputs, PairLoss, PairLossOptions, PairValues } from './pair-loss.ts';
export { type PairLossName, pairLosses, pairLossNames } from './pair-losses.ts';
export { type PairMetricName, pairMetrics } from './pair-metrics.ts';
