// The configuration tree of the reference DPO trainer (and of the DPO service, which forked it): one schema, and what it cannot say.
import { z } from 'zod';
import { InputErrors } from '../../../../core/index.ts';
import { type PreferenceSetName, preferenceSetNames } from '../../../../data/index.ts';

/** `20_000`, as the reference trainer's own files write it: a number in YAML 1.1, text in YAML 1.2. */
const positive = z.preprocess(
  (value) =>
    typeof value === 'string' && /^\d+(_\d+)+$/.test(value) ? Number(value.replaceAll('_', '')) : value,
  z.int().min(1),
);
const dtype = z.enum(['float32', 'float16', 'bfloat16']);
const text = z.string().min(1);

/** `model`: what is trained, and where it comes from. */
export const referenceModelSchema = z.strictObject({
  name_or_path: text,
  tokenizer_name_or_path: text.nullable().default(null),
  archive: text.nullable().default(null),
  block_name: text.nullable().default(null),
  policy_dtype: dtype.default('float32'),
  fsdp_policy_mp: dtype.nullable().default(null),
  reference_dtype: dtype.default('float16'),
});

/** `loss`: its name and options. */
export const referenceLossSchema = z.strictObject({
  name: z.enum(['sft', 'dpo', 'ipo']),
  beta: z.number().positive().optional(),
  label_smoothing: z.number().min(0).lt(0.5).optional(),
  reference_free: z.boolean().optional(),
});

/** The whole tree; what is left out has the reference trainer's default. */
export const referenceSchema = z.strictObject({
  seed: z.int().default(0),
  exp_name: text,
  kb_id: text.nullable().default(null),
  batch_size: positive.default(4),
  eval_batch_size: positive.default(16),
  debug: z.boolean().default(false),
  fsdp_port: z.int().nullable().default(null),
  datasets: z.array(text).min(1).default(['hh']),
  datasets_dir: text.nullable().default(null),
  dataset_path: text.nullable().default(null),
  wandb: z
    .strictObject({
      enabled: z.boolean().default(true),
      entity: text.nullable().default(null),
      project: text.default('direct-preference-optimization'),
    })
    .prefault({}),
  local_dirs: z.array(text).min(1).default(['.cache']),
  local_run_dir: text,
  sample_during_eval: z.boolean().default(true),
  n_eval_model_samples: positive.default(16),
  do_first_eval: z.boolean().default(true),
  lr: z.number().nonnegative().default(5e-7),
  gradient_accumulation_steps: positive.default(1),
  per_device_train_batch_size: positive.nullable().default(null),
  max_grad_norm: z.number().positive().default(10),
  max_length: positive.default(512),
  max_prompt_length: positive.default(256),
  allow_special_text: z.boolean().default(false),
  n_epochs: positive.nullable().default(1),
  n_examples: positive.nullable().default(null),
  n_eval_examples: positive.default(256),
  trainer: z.enum(['BasicTrainer', 'FSDPTrainer', 'TensorParallelTrainer']).default('BasicTrainer'),
  optimizer: z.enum(['RMSprop', 'Adam', 'AdamW', 'SGD']).default('RMSprop'),
  warmup_steps: z.int().min(0).default(150),
  activation_checkpointing: z.boolean().default(false),
  eval_every: positive.default(20_000),
  minimum_log_interval_secs: z.number().min(0).default(1),
  model: referenceModelSchema,
  loss: referenceLossSchema,
});

/** The tree, all present. */
export type ReferenceConfig = z.output<typeof referenceSchema>;

/**
 * Refuses what no single field shows, all at once.
 * @throws InputErrors
 */
export function checkReferenceConfig(config: ReferenceConfig): void {
  const faults = [...lossFaults(config.loss), ...sizeFaults(config), ...dataFaults(config)];
  if (faults.length > 0) throw new InputErrors('Cannot train with this configuration', faults);
}

/** What is wrong with a loss and its options. */
export function lossFaults({
  name,
  beta,
  label_smoothing,
  reference_free,
}: ReferenceConfig['loss']): string[] {
  const faults: string[] = [];
  if (name !== 'sft' && beta === undefined)
    faults.push(`'loss.beta' is missing: ${name} needs it; give loss.beta=0.1, for example`);
  if (name === 'ipo' && label_smoothing)
    faults.push("'loss.label_smoothing' is not read: the loss is ipo; remove it, or give loss=dpo");
  if (name === 'ipo' && reference_free)
    faults.push("'loss.reference_free' is not read: the loss is ipo; remove it, or give loss=dpo");
  return faults;
}

function sizeFaults(config: ReferenceConfig): string[] {
  const { batch_size: batch, gradient_accumulation_steps: parts, eval_every: every } = config;
  const faults: string[] = [];
  if (batch % parts !== 0)
    faults.push(
      `'batch_size' ${batch} is that of a whole step and cannot be divided into ${parts} gradient_accumulation_steps; change one`,
    );
  if (every < batch)
    faults.push(`'eval_every' ${every} counts examples and is below batch_size ${batch}; raise it`);
  if (config.max_prompt_length >= config.max_length)
    faults.push(
      `'max_prompt_length' ${config.max_prompt_length} leaves no room for an answer in max_length ${config.max_length}; lower it`,
    );
  if (config.n_epochs === null && config.n_examples === null)
    faults.push("'n_epochs' and 'n_examples' are both null: nothing would end the run; give one");
  return faults;
}

function dataFaults({ datasets }: ReferenceConfig): string[] {
  return datasets
    .filter((name) => !isPreferenceSet(name))
    .map(
      (name) =>
        `'datasets' names '${name}', which is not known; known: ${preferenceSetNames.join(', ')}. Other data: write a configuration of Hone's own (hone train FILE)`,
    );
}

/** Whether this is a data set that Hone reads by name. */
export function isPreferenceSet(name: string): name is PreferenceSetName {
  return preferenceSetNames.some((known) => known === name);
}
