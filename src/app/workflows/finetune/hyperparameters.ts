// What `auto` means: the one place where open hyper-parameters are decided.
import { resolveConfig, type TrainConfig } from '../../../training/index.ts';
import type { FineTuneSpec, ResolvedHyperparameters } from './spec.ts';

/**
 * Epochs: 3; more for few examples, so that about 100 are seen, 25 at most; fewer for many, so that about 25,000 are seen, 1 at least.
 * That is what OpenAI's own guide computes, and what its jobs were seen to do.
 */
export function automaticEpochs(examples: number): number {
  const usual = 3;
  if (examples * usual < 100) return Math.min(25, Math.floor(100 / examples));
  if (examples * usual > 25_000) return Math.max(1, Math.floor(25_000 / examples));
  return usual;
}

/** Examples of an optimiser step: 0.2 % of all, as OpenAI's jobs were seen to do, from 1 to 32. */
export function automaticBatchSize(examples: number): number {
  return Math.min(32, Math.max(1, Math.round(examples * 0.002)));
}

/** Strength of the pull to the model that is tuned, as OpenAI has it. */
const automaticBeta = 0.1;

/** The numbers that a job is run with. The multiplier `auto` is 1. */
export function resolveHyperparameters(
  { method, hyperparameters }: Pick<FineTuneSpec, 'method' | 'hyperparameters'>,
  examples: number,
): ResolvedHyperparameters {
  const { epochs, batchSize, learningRateMultiplier, beta } = hyperparameters;
  return {
    epochs: epochs === 'auto' ? automaticEpochs(examples) : epochs,
    batchSize: batchSize === 'auto' ? automaticBatchSize(examples) : batchSize,
    learningRateMultiplier: learningRateMultiplier === 'auto' ? 1 : learningRateMultiplier,
    ...(method === 'dpo' && { beta: beta === 'auto' ? automaticBeta : beta }),
  };
}

/** The rate that a multiplier of 1 stands for: what `hone train` takes for the method, with an adapter or without. */
export function baseLearningRate(config: TrainConfig): number {
  return resolveConfig({ ...config, learning_rate: null }).learning_rate ?? 0;
}

/** Most examples that are in memory at once: a step of more is made of several parts. */
const largestPart = 8;

/** A step's examples as parts of equal size, the largest that fits. */
export function inParts(batchSize: number): {
  readonly batch_size: number;
  readonly gradient_accumulation: number;
} {
  let parts = Math.ceil(batchSize / largestPart);
  while (batchSize % parts !== 0) parts++;
  return { batch_size: batchSize / parts, gradient_accumulation: parts };
}

/** Steps between checkpoints: an epoch, or equal parts of one where it is long, so that a crash costs little. */
export function stepsBetweenCheckpoints(examples: number, batchSize: number): number {
  const epoch = Math.ceil(examples / batchSize);
  return Math.ceil(epoch / Math.ceil(epoch / 100));
}
