// What the quickstart trains: sizes by name, each with the settings of its two runs.
import { InputError } from '../../../core/index.ts';
import { type TrainConfig, trainSchema } from '../../../training/index.ts';

/** One size of the quickstart. */
export type QuickstartSize = {
  /** The new model, as `hone train model=...` takes it. */
  readonly model: string;
  readonly vocabSize: number;
  /** Rows of toy data. */
  readonly pairs: number;
  readonly heldOut: number;
  readonly sft: { readonly epochs: number; readonly evalEvery: number; readonly learningRate: number };
  /** `pairs`: how many of the training pairs it sees, once each. */
  readonly dpo: { readonly pairs: number; readonly evalEvery: number; readonly learningRate: number };
};

// Weights that start larger than usual let a model this small learn to copy names and products within an epoch.
const shape = 'heads=4:maxPositions=128:initializerRange=0.08';

/** Sizes by name: `small` shows what training does, `tiny` only that everything works. */
export const quickstartSizes: Readonly<Record<string, QuickstartSize>> = {
  tiny: {
    model: `new:hiddenSize=32:layers=1:${shape}`,
    vocabSize: 512,
    pairs: 192,
    heldOut: 24,
    sft: { epochs: 1, evalEvery: 6, learningRate: 1e-2 },
    dpo: { pairs: 64, evalEvery: 2, learningRate: 2e-3 },
  },
  small: {
    model: `new:hiddenSize=128:layers=2:${shape}`,
    vocabSize: 1024,
    pairs: 4000,
    heldOut: 200,
    sft: { epochs: 1.5, evalEvery: 75, learningRate: 4e-3 },
    dpo: { pairs: 800, evalEvery: 10, learningRate: 2e-4 },
  },
};

/** Pull to the reference, in training and in the rewards of the report. */
export const beta = 0.1;

const batchSize = 16;
const maxLength = 96;

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
  const { epochs, evalEvery, learningRate } = options.size.sft;
  return trainSchema.parse({
    ...common(options, { evalEvery, learningRate }),
    recipe: 'sft',
    data: { train: options.train, eval: options.eval, max_length: maxLength },
    epochs,
    schedule: 'cosine',
    warmup_ratio: 0.05,
    betas: [0.9, 0.99],
  });
}

/** The DPO run: prefers the helpful answer of each pair. */
export function dpoConfig(options: StageOptions): TrainConfig {
  const { pairs, evalEvery, learningRate } = options.size.dpo;
  return trainSchema.parse({
    ...common(options, { evalEvery, learningRate }),
    recipe: 'dpo',
    data: { train: options.train, eval: options.eval, max_length: maxLength, limit: pairs },
    epochs: 1,
    schedule: 'linear',
    warmup_ratio: 0.1,
    betas: [0.9, 0.99],
    dpo: { beta },
  });
}

function common(
  { model, output, seed }: StageOptions,
  { evalEvery, learningRate }: { readonly evalEvery: number; readonly learningRate: number },
) {
  return {
    model,
    output,
    seed,
    batch_size: batchSize,
    eval_batch_size: 2 * batchSize,
    learning_rate: learningRate,
    eval_every: evalEvery,
    keep_checkpoints: 1,
  };
}
