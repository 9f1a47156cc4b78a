// What a training run is told: one schema for files, command lines, editors and the recipes.
import { z } from 'zod';
import { formatNames } from '../data/index.ts';
import { isNewModel } from '../models/index.ts';
import { truncationModes } from '../text/index.ts';
import { type PairLossName, pairLosses, pairLossNames } from './losses/index.ts';

const positiveInteger = z.int().min(1);
const fraction = z.number().min(0).max(1);
const paths = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

/** The schema of a configuration's `data`. */
export const dataSchema = z.strictObject({
  train: paths.describe('File, directory or glob of training data; or a list of them'),
  eval: paths
    .nullable()
    .default(null)
    .describe('Held-out data; null: none, or a part of the training data, see eval_fraction'),
  eval_fraction: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe('Part of the training data to hold out, by prompt'),
  format: z
    .enum(formatNames)
    .nullable()
    .default(null)
    .describe('Format of the rows; null: told from the first rows'),
  columns: z
    .record(z.string(), z.string())
    .nullable()
    .default(null)
    .describe('Which column is which, e.g. {prompt: question}'),
  limit: positiveInteger.nullable().default(null).describe('Uses only the first examples'),
  max_length: positiveInteger
    .nullable()
    .default(null)
    .describe('Longest example in tokens; null: what the model allows, at most 1024'),
  truncation: z
    .union([z.enum(truncationModes), z.record(z.string(), z.enum(truncationModes))])
    .default('keep-prompt-end')
    .describe(
      'What stays of an example that is too long, or that for each file; limit-prompt-*: as the reference DPO trainer',
    ),
  max_prompt_length: positiveInteger
    .nullable()
    .default(null)
    .describe('Most tokens of a prompt that stay when an example is too long; null: half of max_length'),
  on_long_prompt: z
    .enum(['refuse', 'drop', 'cut'])
    .default('refuse')
    .describe('What to do with a prompt that fills max_length alone'),
  train_on: z
    .enum(['assistant', 'last', 'all'])
    .default('assistant')
    .describe('Which messages of a conversation are trained'),
  boundary: z
    .enum(['joint', 'separate'])
    .default('joint')
    .describe("How plain prompts and completions are tokenised; 'separate' as the reference DPO trainer"),
  frame: z
    .enum(['tokenizer', 'eos'])
    .default('tokenizer')
    .describe(
      'What frames plain prompts and completions: what the tokenizer adds, and EOS; or EOS at the end alone, as the reference DPO trainer',
    ),
  allow_special_text: z
    .boolean()
    .default(false)
    .describe('Lets the text of special tokens in the data become control tokens'),
});

const loraSchema = z.strictObject({
  rank: positiveInteger.default(16).describe('Rank of the update'),
  alpha: z.number().positive().default(32).describe('Scale: the update is multiplied by alpha / rank'),
  dropout: z.number().min(0).lt(1).default(0).describe('Dropout on the input of the update'),
  targets: z
    .union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)])
    .default('all-linear')
    .describe("Linear layers to adapt: 'all-linear' or names such as q_proj"),
  rs_lora: z.boolean().default(false).describe('Scales by alpha / sqrt(rank)'),
});

/**
 * Losses that are whole as they stand: those without a reference want a likelihood term beside them, and those that
 * couple pairs would change with the division into micro-batches.
 */
const trainableLosses = pairLossNames.filter((name): name is PairLossName => {
  const { needsReference, couplesPairs } = pairLosses[name];
  return needsReference && !couplesPairs;
});

const dpoSchema = z.strictObject({
  loss: z.enum(trainableLosses).default('sigmoid').describe('Preference loss'),
  beta: z.number().positive().default(0.1).describe('Strength of the pull to the reference model'),
  label_smoothing: z
    .number()
    .min(0)
    .lt(0.5)
    .default(0)
    .describe('Chance that a label is wrong (cDPO with the sigmoid loss)'),
  reference: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Directory of the reference model; null: the model as it starts'),
  reference_free: z
    .boolean()
    .default(false)
    .describe('Leaves the reference out of the loss; the rewards that are reported keep it'),
});

const samplesSchema = z.strictObject({
  prompts: positiveInteger.describe('Held-out prompts that are continued at each evaluation'),
  reference: z.boolean().default(false).describe('dpo: samples of the reference, too'),
});

const trackingSchema = z.strictObject({
  uri: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "Where the run is recorded: an MLflow server (http://HOST:PORT) or a data directory; null: MLFLOW_TRACKING_URI, or the data directory of 'hone server' (HONE_DATA, else .hone). Credentials come from MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    ),
  experiment: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Name of the experiment; null: MLFLOW_EXPERIMENT_NAME, or 'hone'"),
  run_name: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('Name of the run; null: MLFLOW_RUN_NAME, or the name of the output directory'),
  system_metrics_interval: z
    .number()
    .positive()
    .max(86_400)
    .nullable()
    .default(10)
    .describe('Seconds between samples of processors, memory, disk, network and accelerators; null: none'),
  artifacts: z
    .enum(['none', 'final', 'best', 'all'])
    .default('final')
    .describe(
      'Files that are recorded. none; final: configuration, metrics, plots and the final model; best: the best checkpoint, too; all: every checkpoint that is kept',
    ),
});

/** Options of the dpo recipe when none are given. */
export const dpoDefaults = dpoSchema.parse({});

/** The schema of a training configuration. */
export const trainSchema = z.strictObject({
  recipe: z
    .enum(['sft', 'dpo'])
    .describe('What to train: sft imitates completions, dpo prefers chosen over rejected ones'),
  model: z
    .string()
    .min(1)
    .describe("Hugging Face directory, or a new model: 'new:small', 'new:hiddenSize=256:layers=6'"),
  tokenizer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Directory of the tokenizer; null: the model's, or for a new model one trained on the data"),
  vocab_size: positiveInteger
    .nullable()
    .default(null)
    .describe('Size of a tokenizer that is trained for a new model; null: 2048'),
  output: z.string().min(1).describe("The run's directory"),
  seed: z.int().default(42),
  data: dataSchema,

  epochs: z.number().positive().default(3),
  max_steps: positiveInteger.nullable().default(null).describe('Optimiser steps; overrides epochs'),
  batch_size: positiveInteger.default(8).describe('Examples (pairs for dpo) of one micro-batch'),
  gradient_accumulation: positiveInteger.default(1).describe('Micro-batches of one optimiser step'),
  learning_rate: z
    .number()
    .nonnegative()
    .nullable()
    .default(null)
    .describe(
      'Peak rate; null: 1e-3 for a new model, else 2e-5 (sft) or 1e-6 (dpo), ten times that with lora',
    ),
  schedule: z.enum(['constant', 'linear', 'cosine']).default('linear'),
  warmup_start: z
    .enum(['zero', 'above-zero'])
    .default('zero')
    .describe("Rate of the first step of a warm-up; 'above-zero': 1 / (warmup_steps + 1) of the peak"),
  warmup_steps: z.int().min(0).nullable().default(null),
  warmup_ratio: fraction.nullable().default(null).describe('Warm-up as a part of all steps'),
  optimizer: z.enum(['adamw', 'sgd', 'rmsprop']).default('adamw'),
  betas: z.tuple([fraction, fraction]).nullable().default(null).describe('adamw; null: [0.9, 0.999]'),
  epsilon: z.number().positive().nullable().default(null).describe('adamw, rmsprop; null: 1e-8'),
  momentum: z.number().min(0).lt(1).nullable().default(null).describe('sgd, rmsprop; null: 0'),
  weight_decay: z.number().min(0).default(0).describe('Norms and biases are not decayed, see decay_norms'),
  decay_norms: z.boolean().default(false).describe('Decays norms and biases, too'),
  max_grad_norm: z
    .number()
    .positive()
    .nullable()
    .default(1)
    .describe('Gradients are scaled down to this norm; null: never'),

  lora: loraSchema.nullable().default(null).describe('Trains an adapter instead of all weights'),
  adapter: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'Directory of an adapter over the model to go on from, whose settings lora repeats; null: a new one',
    ),
  dpo: dpoSchema.nullable().default(null).describe('Options of the dpo recipe'),
  reduction: z
    .enum(['token-mean', 'example-sum'])
    .default('token-mean')
    .describe(
      'sft: the loss is the mean over all trained tokens of a step, or the sum over the tokens of an example and then the mean over examples',
    ),
  drop_last: z.boolean().default(false).describe('Leaves out the last batch of an epoch if it is not full'),
  packing: z
    .boolean()
    .default(false)
    .describe('sft: several short examples in one row, which cannot see each other'),
  group_by_length: z.boolean().default(false).describe('Batches examples of similar length: less padding'),
  recompute: z
    .boolean()
    .default(false)
    .describe('Computes activations again in the backward pass: less memory, a third more time'),

  eval_every: positiveInteger
    .nullable()
    .default(null)
    .describe('Optimiser steps between evaluations; null: once an epoch'),
  eval_at_start: z.boolean().default(true).describe('Evaluates before the first step, too'),
  samples: samplesSchema
    .nullable()
    .default(null)
    .describe(
      'Texts that the model writes at each evaluation, in policy_samples.jsonl (and reference_samples.jsonl) of the run',
    ),
  eval_batch_size: positiveInteger.nullable().default(null).describe('null: batch_size'),
  checkpoint_every: z
    .union([positiveInteger, z.literal('never')])
    .nullable()
    .default(null)
    .describe("Optimiser steps between checkpoints; null: once an epoch; 'never': the run cannot be resumed"),
  keep_checkpoints: positiveInteger
    .default(2)
    .describe('Newest checkpoints that stay; the best one stays beside them'),
  early_stopping: positiveInteger
    .nullable()
    .default(null)
    .describe('Evaluations without a better eval_loss after which the run ends'),
  save_dtype: z
    .enum(['float32', 'bfloat16', 'float16'])
    .default('float32')
    .describe('Element type of the final model'),
  metric_names: z
    .enum(['trl', 'reference'])
    .default('trl')
    .describe("Names of the metrics: TRL's; or those of the reference DPO trainer beside them"),
  log_interval: z
    .number()
    .min(0)
    .default(0)
    .describe('Seconds between two steps whose metrics are logged; evaluations and the last step always are'),
  threads: z.int().min(0).default(0).describe('Threads of the runtime; 0: one for each core'),
  tracking: trackingSchema
    .nullable()
    .default(trackingSchema.parse({}))
    .describe('How the run is recorded; null: not at all'),
});

/** What users write. */
export type TrainSpec = z.input<typeof trainSchema>;

/** All that a run reads, defaults filled in. */
export type TrainConfig = z.output<typeof trainSchema>;

/** Tokens of a tokenizer that is trained, unless told. */
export const usualVocabSize = 2048;

/** Whether the run trains a tokenizer on its data: for a new model that is given none. */
export function trainsTokenizer({ model, tokenizer }: Pick<TrainConfig, 'model' | 'tokenizer'>): boolean {
  return tokenizer === null && isNewModel(model);
}

/** Settings that change no number of a run: a resumed run may differ in them. */
export const freeSettings: ReadonlySet<string> = new Set([
  'output',
  'adapter',
  'checkpoint_every',
  'keep_checkpoints',
  'save_dtype',
  'metric_names',
  'log_interval',
  'samples',
  'threads',
  'tracking',
]);
