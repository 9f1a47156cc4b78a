// What a configuration leaves open, decided: rates, steps, lengths, the optimiser.
import { InputErrors } from '../../core/index.ts';
import { adamW, type Optimizer, rmsProp, sgd } from '../../engine/index.ts';
import { type CausalModel, isNewModel } from '../../models/index.ts';
import { dpoDefaults, freeSettings, type TrainConfig, trainsTokenizer, usualVocabSize } from '../config.ts';
import { configFaults } from '../config-faults.ts';
import type { LoopOptions } from '../run/loop.ts';
import type { RunIdentity } from '../run/run-directory.ts';

/** Longest example unless told: enough for most conversations, short enough for a laptop. */
const usualMaxLength = 1024;

/** Refuses options that nothing would read, all at once. */
export function checkTrainConfig(config: TrainConfig): void {
  const faults = configFaults(config);
  if (faults.length > 0) throw new InputErrors('Cannot train with this configuration', faults);
}

/** Tokens of the longest example: as told, or what the model allows up to 1,024. */
export function maxLengthOf(config: Pick<TrainConfig, 'data'>, model: CausalModel): number {
  const { max_length: asked } = config.data;
  if (asked !== null && asked > model.maxLength) {
    throw new InputErrors('Cannot train with this configuration', [
      `data.max_length ${asked} exceeds the ${model.maxLength} positions of the model; lower it`,
    ]);
  }
  return asked ?? Math.min(usualMaxLength, model.maxLength);
}

export function optimizerOf({ optimizer, betas, epsilon, momentum }: TrainConfig): Optimizer {
  const common = epsilon === null ? {} : { epsilon };
  switch (optimizer) {
    case 'adamw':
      return adamW({ ...common, ...(betas === null ? {} : { betas }) });
    case 'sgd':
      return sgd(momentum === null ? {} : { momentum });
    case 'rmsprop':
      return rmsProp({ ...common, ...(momentum === null ? {} : { momentum }) });
  }
}

/** The peak learning rate: as told, or the usual one of the recipe and the model. */
export function learningRateOf(config: TrainConfig): number {
  if (config.learning_rate !== null) return config.learning_rate;
  if (isNewModel(config.model)) return 1e-3;
  const [whole, adapter] = config.recipe === 'sft' ? [2e-5, 2e-4] : [1e-6, 1e-5];
  return config.lora === null ? whole : adapter;
}

/**
 * The configuration with what it leaves open decided, as far as the data need not be read for it. Both train the same run.
 */
export function resolveConfig(config: TrainConfig): TrainConfig {
  const { optimizer } = config;
  const evaluates = config.data.eval !== null || config.data.eval_fraction !== null;
  return {
    ...config,
    vocab_size: config.vocab_size ?? (trainsTokenizer(config) ? usualVocabSize : null),
    learning_rate: learningRateOf(config),
    warmup_steps: config.warmup_steps ?? (config.warmup_ratio === null ? 0 : null),
    betas: config.betas ?? (optimizer === 'adamw' ? [0.9, 0.999] : null),
    epsilon: config.epsilon ?? (optimizer === 'sgd' ? null : 1e-8),
    momentum: config.momentum ?? (optimizer === 'adamw' ? null : 0),
    dpo: config.dpo ?? (config.recipe === 'dpo' ? dpoDefaults : null),
    eval_batch_size: config.eval_batch_size ?? (evaluates ? config.batch_size : null),
  };
}

const dtypes = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const;

/** The loop's settings for so many optimiser steps an epoch. */
export function loopOptions(config: TrainConfig, stepsPerEpoch: number): LoopOptions {
  const totalSteps = config.max_steps ?? Math.max(1, Math.ceil(config.epochs * stepsPerEpoch));
  const warmupSteps = config.warmup_steps ?? Math.ceil((config.warmup_ratio ?? 0) * totalSteps);
  return {
    totalSteps,
    learningRate: learningRateOf(config),
    schedule: config.schedule,
    warmupSteps,
    warmupStart: config.warmup_start,
    weightDecay: config.weight_decay,
    maxGradNorm: config.max_grad_norm ?? undefined,
    evalEvery: config.eval_every ?? stepsPerEpoch,
    evalAtStart: config.eval_at_start,
    checkpointEvery:
      config.checkpoint_every === 'never' ? undefined : (config.checkpoint_every ?? stepsPerEpoch),
    keepCheckpoints: config.keep_checkpoints,
    patience: config.early_stopping ?? undefined,
    logInterval: config.log_interval,
    referenceNames: config.metric_names === 'reference' ? config : undefined,
    saveDtype: dtypes[config.save_dtype],
  };
}

/** What makes two runs the same one. */
export function identityOf(
  config: TrainConfig,
  content: Pick<RunIdentity, 'data' | 'weights' | 'reference'>,
): RunIdentity {
  const settings = Object.entries(resolveConfig(config)).filter(
    ([key]) => !freeSettings.has(key) && key !== 'recipe',
  );
  return { recipe: config.recipe, settings: Object.fromEntries(settings), ...content };
}
