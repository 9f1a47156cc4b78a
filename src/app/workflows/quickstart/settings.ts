// What the quickstart trains: sizes by name, each with the settings of its two runs.
import { InputError } from '../../../core/index.ts';
import { type TrainConfig, trainSchema } from '../../../training/index.ts';

type StageSize = {
  /** Examples of an optimiser step. */
  readonly batchSize: number;
  /** Optimiser steps between evaluations. */
  readonly evalEvery: number;
  readonly learningRate: number;
};

/** One size of the quickstart. */
export type QuickstartSize = {
  /** The new model, as `hone train model=...` takes it. */
  readonly model: string;
  /**
   * All tokens that the model can see: room for any question of the toy language and its answer. A chat thus forgets older
   * turns, which the model was never shown in training.
   */
  readonly maxLength: number;
  readonly vocabSize: number;
  /** Rows of toy data. */
  readonly pairs: number;
  readonly heldOut: number;
  readonly sft: StageSize & { readonly epochs: number };
  /** `pairs`: how many of the training pairs it sees, once each. */
  readonly dpo: StageSize & { readonly pairs: number };
};

/**
 * Sizes by name: `small` shows what training does, `tiny` only that everything works.
 * One layer, started with larger weights than usual, learns within an epoch to copy the customer's name and product into its
 * answer, for every seed that was tried; two layers sometimes took three epochs.
 */
export const quickstartSizes: Readonly<Record<string, QuickstartSize>> = {
  tiny: {
    model: 'new:hiddenSize=32:layers=1:heads=4:initializerRange=0.08',
    maxLength: 128,
    vocabSize: 512,
    pairs: 192,
    heldOut: 24,
    sft: { epochs: 1, batchSize: 16, evalEvery: 6, learningRate: 1e-2 },
    dpo: { pairs: 64, batchSize: 16, evalEvery: 2, learningRate: 2e-3 },
  },
  small: {
    model: 'new:hiddenSize=192:layers=1:heads=6:initializerRange=0.07',
    maxLength: 72,
    vocabSize: 1024,
    pairs: 4000,
    heldOut: 200,
    sft: { epochs: 2, batchSize: 32, evalEvery: 25, learningRate: 5e-3 },
    dpo: { pairs: 800, batchSize: 16, evalEvery: 10, learningRate: 2e-4 },
  },
};

/** Pull to the reference, in training and in the rewards of the report. */
export const beta = 0.1;

/** The size of this name. Throws InputError for others. */
export function quickstartSize(name: string): QuickstartSize {
  const size = Object.hasOwn(quickstartSizes, name) ? quickstartSizes[name] : undefined;
  if (size !== undefined) return size;
  const known = Object.keys(quickstartSizes).join(', ');
  throw new InputError(`Cannot run the quickstart: size '${name}' is not known; choose one of ${known}`);
}

/** What both runs are told alike. */
export type StageOptions = {
  readonly size: QuickstartSize;
  readonly seed: number;
  /** Directory of the model to start from. */
  readonly model: string;
  readonly output: string;
  readonly train: string;
  readonly eval: string;
};

/** The SFT run: imitates the answers of the mixture, half helpful, half curt. */
export function sftConfig(options: StageOptions): TrainConfig {
  const { epochs } = options.size.sft;
  return trainSchema.parse({
    ...common(options, options.size.sft),
    recipe: 'sft',
    data: { train: options.train, eval: options.eval, max_length: options.size.maxLength },
    epochs,
    schedule: 'cosine',
    warmup_ratio: 0.05,
    betas: [0.9, 0.99],
  });
}

/** The DPO run: prefers the helpful answer of each pair. */
export function dpoConfig(options: StageOptions): TrainConfig {
  const { pairs } = options.size.dpo;
  return trainSchema.parse({
    ...common(options, options.size.dpo),
    recipe: 'dpo',
    data: { train: options.train, eval: options.eval, max_length: options.size.maxLength, limit: pairs },
    epochs: 1,
    schedule: 'linear',
    warmup_ratio: 0.1,
    betas: [0.9, 0.99],
    dpo: { beta },
  });
}

function common({ model, output, seed }: StageOptions, size: StageSize) {
  return {
    model,
    output,
    seed,
    batch_size: size.batchSize,
    eval_batch_size: 40,
    learning_rate: size.learningRate,
    eval_every: size.evalEvery,
    keep_checkpoints: 1,
    // It has a report of its own, and leaves nothing beside it
    tracking: null,
  };
}
