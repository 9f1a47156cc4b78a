// What is wrong with a configuration as a whole: options that the rest of it would not read.
import { type TrainConfig, trainsTokenizer } from './config.ts';

/** An option that is given in vain: whether it is, its name, and why nothing reads it. */
type Unread = readonly [given: boolean, option: string, reason: string];

/**
 * What the schema cannot say of one field: options that the rest of the configuration would not read.
 * @returns each fault in words, with its remedy
 */
export function configFaults(config: TrainConfig): string[] {
  const unread = [
    ...unreadByRecipe(config),
    ...unreadByOptimizer(config),
    ...unreadByData(config),
    ...unreadByEvaluation(config),
    ...unreadBySaving(config),
  ];
  return unread
    .filter(([given]) => given)
    .map(([, option, reason]) => `'${option}' is not read: ${reason}; remove it`);
}

function unreadByRecipe({
  recipe,
  dpo,
  packing,
  group_by_length,
  reduction,
  samples,
  adapter,
  lora,
}: TrainConfig): Unread[] {
  return [
    [recipe !== 'dpo' && dpo !== null, 'dpo', `the recipe is ${recipe}`],
    [recipe !== 'sft' && packing, 'packing', `only sft packs, the recipe is ${recipe}`],
    [
      recipe !== 'sft' && reduction !== 'token-mean',
      'reduction',
      `it is an option of sft, the recipe is ${recipe}`,
    ],
    [packing && reduction !== 'token-mean', 'reduction', 'a packed row holds several examples'],
    [packing && group_by_length, 'group_by_length', 'packing already fills the rows'],
    [adapter !== null && lora === null, 'adapter', 'lora is null'],
    [recipe !== 'dpo' && samples?.reference === true, 'samples.reference', `the recipe is ${recipe}`],
  ];
}

function unreadByOptimizer(config: TrainConfig): Unread[] {
  const { optimizer, warmup_steps: steps, warmup_ratio: ratio } = config;
  return [
    [optimizer !== 'adamw' && config.betas !== null, 'betas', `the optimizer is ${optimizer}`],
    [optimizer === 'sgd' && config.epsilon !== null, 'epsilon', 'the optimizer is sgd'],
    [optimizer === 'adamw' && config.momentum !== null, 'momentum', 'the optimizer is adamw; set betas'],
    [config.decay_norms && config.weight_decay === 0, 'decay_norms', 'weight_decay is 0'],
    [config.decay_norms && config.lora !== null, 'decay_norms', 'an adapter has none'],
    [steps !== null && ratio !== null, 'warmup_ratio', 'warmup_steps says the same'],
    [config.warmup_start !== 'zero' && !steps && !ratio, 'warmup_start', 'there is no warm-up'],
  ];
}

function unreadByData(config: TrainConfig): Unread[] {
  const { data } = config;
  const modes = typeof data.truncation === 'string' ? [data.truncation] : Object.values(data.truncation);
  const onlyStart = modes.every((mode) => mode === 'keep-start');
  const tokenizerGiven = config.tokenizer === null ? 'the model has its tokenizer' : 'tokenizer is given';
  return [
    [data.eval !== null && data.eval_fraction !== null, 'data.eval_fraction', 'data.eval is given'],
    [onlyStart && data.max_prompt_length !== null, 'data.max_prompt_length', 'data.truncation is keep-start'],
    [config.vocab_size !== null && !trainsTokenizer(config), 'vocab_size', tokenizerGiven],
  ];
}

function unreadByEvaluation(config: TrainConfig): Unread[] {
  const evaluates = config.data.eval !== null || config.data.eval_fraction !== null;
  const reason = 'there is no data.eval or data.eval_fraction';
  return [
    [!evaluates && config.eval_every !== null, 'eval_every', reason],
    [!evaluates && config.early_stopping !== null, 'early_stopping', reason],
    [!evaluates && config.samples !== null, 'samples', reason],
    [!evaluates && !config.eval_at_start, 'eval_at_start', reason],
  ];
}

function unreadBySaving({
  lora,
  save_dtype: dtype,
  checkpoint_every: every,
  tracking,
}: TrainConfig): Unread[] {
  const wantsCheckpoints = tracking?.artifacts === 'best' || tracking?.artifacts === 'all';
  return [
    [lora !== null && dtype !== 'float32', 'save_dtype', 'adapters are saved as float32'],
    [every === 'never' && wantsCheckpoints, 'tracking.artifacts', 'checkpoint_every is never'],
  ];
}
