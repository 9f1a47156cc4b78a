// The reference trainer's settings as Hone's, with the same numbers; what differs is told.
import { type TrainConfig, trainSchema } from '../../../../training/index.ts';
import type { ReferenceData } from './data.ts';
import type { FoundModel } from './models.ts';
import type { ReferenceConfig } from './schema.ts';

/** What {@link trainConfigOf} is made of beside the settings. */
export type RunParts = { readonly data: ReferenceData; readonly found: FoundModel };

/** torch's own decay, of all weights, where its optimiser has one. */
const optimizers = {
  RMSprop: { optimizer: 'rmsprop' },
  Adam: { optimizer: 'adamw' },
  AdamW: { optimizer: 'adamw', weight_decay: 0.01, decay_norms: true },
  SGD: { optimizer: 'sgd' },
} as const;

/** Hone's configuration of the run. */
export function trainConfigOf(config: ReferenceConfig, { data, found }: RunParts): TrainConfig {
  const { batch_size: batch, loss } = config;
  const steps = stepsOf(config, data.examples);
  const evalEvery = Math.floor(config.eval_every / batch);
  return trainSchema.parse({
    recipe: loss.name === 'sft' ? 'sft' : 'dpo',
    model: found.model,
    tokenizer: found.tokenizer,
    output: config.local_run_dir,
    seed: config.seed,
    data: dataOf(config, data),
    epochs: config.n_epochs ?? Math.ceil((steps * batch) / data.examples),
    max_steps: steps,
    batch_size: batch / config.gradient_accumulation_steps,
    gradient_accumulation: config.gradient_accumulation_steps,
    drop_last: true,
    learning_rate: config.lr,
    schedule: 'constant',
    warmup_steps: config.warmup_steps,
    ...(config.warmup_steps > 0 && { warmup_start: 'above-zero' }),
    ...optimizers[config.optimizer],
    max_grad_norm: config.max_grad_norm,
    ...lossOf(loss),
    recompute: config.activation_checkpointing,
    eval_every: evalEvery,
    eval_at_start: config.do_first_eval,
    eval_batch_size: config.eval_batch_size,
    samples: samplesOf(config),
    checkpoint_every: config.debug ? 'never' : evalEvery,
    // The reference trainer keeps them all
    keep_checkpoints: Math.ceil(steps / evalEvery) + 1,
    metric_names: 'reference',
    log_interval: config.minimum_log_interval_secs,
    tracking: config.debug ? null : { experiment: config.wandb.project, run_name: config.exp_name },
  });
}

function dataOf(config: ReferenceConfig, { train, eval: held, truncation }: ReferenceData) {
  return {
    train: [...train],
    eval: [...held],
    format: 'dpo-service',
    max_length: config.max_length,
    max_prompt_length: config.max_prompt_length,
    truncation,
    boundary: 'separate',
    allow_special_text: config.allow_special_text,
    frame: 'eos',
  } as const;
}

function lossOf({ name, beta, label_smoothing = 0, reference_free = false }: ReferenceConfig['loss']) {
  if (name === 'sft') return { reduction: 'example-sum' } as const;
  if (name === 'ipo') return { dpo: { loss: 'ipo_sum', beta } } as const;
  return { dpo: { loss: 'sigmoid', beta, label_smoothing, reference_free } } as const;
}

/** Whole batches of the held-out prompts, one at least. */
function samplesOf(config: ReferenceConfig) {
  if (!config.sample_during_eval) return null;
  const { n_eval_model_samples: wanted, eval_batch_size: batch } = config;
  return { prompts: Math.max(1, Math.floor(wanted / batch)) * batch, reference: config.loss.name !== 'sft' };
}

/**
 * Optimiser steps until `n_epochs` or `n_examples` is reached, whichever is first. A last batch that is not full is left out
 * of each epoch, but its examples count as seen. 0 where there are fewer examples than a batch has.
 */
export function stepsOf(
  {
    batch_size: batch,
    n_epochs: epochs,
    n_examples: wanted,
  }: Pick<ReferenceConfig, 'batch_size' | 'n_epochs' | 'n_examples'>,
  examples: number,
): number {
  const perEpoch = Math.floor(examples / batch);
  if (perEpoch === 0) return 0;
  if (wanted === null) return perEpoch * (epochs ?? 1);
  for (let epoch = 0; ; epoch++) {
    if (epochs !== null && epoch >= epochs) return epoch * perEpoch;
    const left = Math.max(1, Math.ceil((wanted - epoch * examples) / batch));
    if (left <= perEpoch) return epoch * perEpoch + left;
  }
}

/** Settings that are followed in another way than there, one sentence each. */
export function noticesOf(config: ReferenceConfig): string[] {
  const { batch_size: batch, eval_every: every, model, trainer, wandb } = config;
  const notices: string[] = [];
  if (every % batch !== 0)
    notices.push(
      `eval_every ${every} is no multiple of batch_size ${batch}; ${every - (every % batch)} is used`,
    );
  if (trainer !== 'BasicTrainer')
    notices.push(`trainer ${trainer}: this machine trains alone, with the same batches and numbers`);
  const dtypes = [
    ['policy_dtype', model.policy_dtype],
    ['fsdp_policy_mp', model.fsdp_policy_mp ?? 'float32'],
    ...(config.loss.name === 'sft' ? [] : [['reference_dtype', model.reference_dtype] as const]),
  ] as const;
  const others = dtypes
    .filter(([, dtype]) => dtype !== 'float32')
    .map(([key, dtype]) => `model.${key}=${dtype}`);
  if (others.length > 0) notices.push(`${others.join(', ')}: everything is computed in float32`);
  if (wandb.enabled && !config.debug)
    notices.push(
      `wandb is not used: the run is recorded by Hone, as '${config.exp_name}' of experiment '${wandb.project}' (MLFLOW_TRACKING_URI names a server)`,
    );
  return notices;
}
