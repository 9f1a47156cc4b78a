// What a fine-tuning job is told: the one specification that every face writes and the worker carries out.
import { z } from 'zod';

export { fineTuneKind } from './kind.ts';

const auto = z.literal('auto');

/** Numbers that the caller leaves open are resolved when the data is known. */
const hyperparameters = z.strictObject({
  epochs: z.union([auto, z.number().positive()]).default('auto'),
  batchSize: z.union([auto, z.int().min(1)]).default('auto'),
  learningRateMultiplier: z.union([auto, z.number().positive()]).default('auto'),
  /** dpo alone. */
  beta: z.union([auto, z.number().positive()]).default('auto'),
});

/** The schema of a job's `spec`. */
export const fineTuneSchema = z.strictObject({
  /** Id of the model to tune, in the catalogue. */
  model: z.string().min(1),
  method: z.enum(['supervised', 'dpo']),
  /** Ids of uploaded files. */
  trainingFile: z.string().min(1),
  validationFile: z.string().min(1).nullable().default(null),
  hyperparameters: hyperparameters.prefault({}),
  seed: z.int(),
  /** Goes into the tuned model's id. */
  suffix: z.string().nullable().default(null),
  /** Further keys of the training configuration (`hone train`), which go before what is derived from the rest. */
  overrides: z.record(z.string(), z.json()).default({}),
  /** Fewer examples for training are refused; OpenAI asks for 10. */
  minimumExamples: z.int().min(1).default(10),
  /** Deletes the files when the job has ended, however it ended: they were the caller's for this job alone. */
  deleteFiles: z.boolean().default(false),
  /** Time of each start, in s; one that takes longer fails. null: as long as the worker lets it. */
  timeLimitSeconds: z.number().positive().nullable().default(null),
  /** Keeps the model as a new version of this registered model, too. */
  registerAs: z.string().nullable().default(null),
});

/** What a face writes. */
export type NewFineTuneSpec = z.input<typeof fineTuneSchema>;

/** The same with its defaults. */
export type FineTuneSpec = z.output<typeof fineTuneSchema>;

/** Hyper-parameters as they were resolved. */
export type ResolvedHyperparameters = {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRateMultiplier: number;
  readonly beta?: number;
};

/** A running job's `progress`. */
export type FineTuneProgress = {
  readonly phase: 'validating' | 'preparing' | 'training' | 'evaluating' | 'saving' | 'publishing';
  readonly message: string;
  /** Optimiser steps; 0 of 0 before they are known. */
  readonly step: number;
  readonly totalSteps: number;
  /** From 0 to `totalEpochs`. */
  readonly epoch: number;
  readonly totalEpochs: number;
  /** Seconds to the end of training; null: not known yet. */
  readonly secondsLeft: number | null;
  readonly hyperparameters: ResolvedHyperparameters | null;
  /** Tokens trained so far. */
  readonly trainedTokens: number;
  /** The newest metrics, by OpenAI's names. */
  readonly metrics: FineTuneMetrics;
  /** That can be used as models by now, oldest first. */
  readonly checkpoints: readonly FineTuneCheckpoint[];
};

/** By the names of OpenAI's events and result files. */
export type FineTuneMetrics = {
  readonly train_loss?: number;
  readonly train_mean_token_accuracy?: number;
  readonly valid_loss?: number;
  readonly valid_mean_token_accuracy?: number;
  readonly full_valid_loss?: number;
  readonly full_valid_mean_token_accuracy?: number;
  /** dpo: as the recipe logs them, `rewards/accuracies` and the like. */
  readonly [name: string]: number | undefined;
};

/** A job's `result`. */
export type FineTuneResult = {
  /** Id of the tuned model in the catalogue. */
  readonly model: string;
  readonly trainedTokens: number;
  readonly hyperparameters: ResolvedHyperparameters;
  /** Ids of the result files: CSV of the metrics by step. */
  readonly resultFiles: readonly string[];
  /** Of the checkpoints that can be used as models, oldest first. */
  readonly checkpoints: readonly FineTuneCheckpoint[];
  /** Id of the run in tracking. */
  readonly runId: string | null;
  /** Where the job's directory lies on the machine that ran it. */
  readonly directory: string;
};

/** A checkpoint that was kept as a model; the data of events of type `checkpoint`. */
export type FineTuneCheckpoint = {
  readonly id: string;
  /** Id of the checkpoint's model: the tuned model's and `:ckpt-step-N`. */
  readonly model: string;
  readonly step: number;
  /** In seconds since 1970. */
  readonly createdAt: number;
  readonly metrics: FineTuneMetrics;
};
