// The tree composes as Hydra composes the reference trainer's, and becomes Hone's settings.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the configuration's own interpolation
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isReferenceCommand } from './command.ts';
import {
  formatReferenceConfig,
  loadReferenceConfig,
  referenceConfigDirectory,
  validateAllConfigs,
  validateLossConfig,
  validateModelConfig,
  validateTrainingConfig,
} from './index.ts';
import { noticesOf, stepsOf, trainConfigOf } from './train-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'hone-reference-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sft = ['model=llama7b', 'loss=sft', 'exp_name=x'];
const load = (...overrides: string[]) => loadReferenceConfig({ overrides: [...sft, ...overrides] });

test("loadReferenceConfig() gives the reference trainer's defaults", async () => {
  const { local_run_dir, ...config } = await load('local_dirs=[/nowhere,.nothing]');
  expect(local_run_dir).toMatch(/^\.nothing\/[^/]+\/x_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{6}$/);
  expect(config).toEqual({
    seed: 0,
    exp_name: 'x',
    kb_id: null,
    batch_size: 4,
    eval_batch_size: 16,
    debug: false,
    fsdp_port: null,
    datasets: ['hh'],
    datasets_dir: null,
    dataset_path: null,
    wandb: { enabled: true, entity: null, project: 'direct-preference-optimization' },
    local_dirs: ['/nowhere', '.nothing'],
    sample_during_eval: true,
    n_eval_model_samples: 16,
    do_first_eval: true,
    lr: 5e-7,
    gradient_accumulation_steps: 1,
    per_device_train_batch_size: null,
    max_grad_norm: 10,
    max_length: 512,
    max_prompt_length: 256,
    allow_special_text: false,
    n_epochs: 1,
    n_examples: null,
    n_eval_examples: 256,
    trainer: 'BasicTrainer',
    optimizer: 'RMSprop',
    warmup_steps: 150,
    activation_checkpointing: false,
    eval_every: 20_000,
    minimum_log_interval_secs: 1,
    model: {
      name_or_path: 'huggyllama/llama-7b',
      tokenizer_name_or_path: null,
      archive: null,
      block_name: 'LlamaDecoderLayer',
      policy_dtype: 'float32',
      fsdp_policy_mp: null,
      reference_dtype: 'float16',
    },
    loss: { name: 'sft' },
  });
});

test("loadReferenceConfig() of 'service' has the DPO service's values over the others", async () => {
  const overrides = ['model=zephyr', 'exp_name=kb', 'datasets=[novalto]', '+kb_id=7a'];
  const config = await loadReferenceConfig({ configName: 'service', overrides });
  expect(config).toMatchObject({
    batch_size: 128,
    eval_batch_size: 64,
    sample_during_eval: false,
    lr: 3e-6,
    gradient_accumulation_steps: 4,
    max_grad_norm: 1,
    trainer: 'FSDPTrainer',
    activation_checkpointing: true,
    warmup_steps: 150,
    loss: { name: 'dpo', beta: 0.1, label_smoothing: 0, reference_free: false },
    model: { name_or_path: 'HuggingFaceH4/zephyr-7b-beta', block_name: 'MistralDecoderLayer' },
    kb_id: '7a',
  });
});

test('loadReferenceConfig() names what is missing and what does not fit, all at once', async () => {
  await expect(loadReferenceConfig({ overrides: ['loss=dpo', 'datasets=[hh]'] })).rejects.toThrow(
    /'exp_name' is marked \?\?\?[\s\S]*'model.name_or_path' is marked \?\?\?[\s\S]*'loss.beta' is marked \?\?\?/,
  );
  await expect(load('datasets=[hh,imdb]', 'batch_size=6', 'gradient_accumulation_steps=4')).rejects.toThrow(
    /cannot be divided into 4[\s\S]*'imdb', which is not known; known: hh, shp, se, novalto/,
  );
  await expect(load('n_epochs=null')).rejects.toThrow(/both null/);
  await expect(load('loss=ipo', 'loss.beta=0.1', '+loss.reference_free=true')).rejects.toThrow(/loss is ipo/);
  await expect(load('lerning_rate=1')).rejects.toThrow(/unknown key 'lerning_rate'/);
  await expect(load('model=gpt3')).rejects.toThrow(/gpt3/);
});

test('a tree of the user is composed by --config-path and --config-name', async () => {
  const own = join(directory, 'own');
  cpSync(referenceConfigDirectory, own, { recursive: true });
  writeFileSync(join(own, 'model', 'mine.yaml'), 'name_or_path: /models/mine\nblock_name: Block\n');
  const source = { configPath: own, configName: 'service', overrides: ['model=mine', 'exp_name=x'] };
  const config = await loadReferenceConfig(source);
  expect(config.model).toMatchObject({ name_or_path: '/models/mine', policy_dtype: 'float32' });
  writeFileSync(join(own, 'again.yaml'), formatReferenceConfig(config));
  expect(await loadReferenceConfig({ configPath: own, configName: 'again' })).toEqual(config);
  await expect(loadReferenceConfig({ configPath: own, configName: 'none' })).rejects.toThrow(/Cannot find/);
});

test('validators pass what Hone ships and list the faults of a file', async () => {
  await validateAllConfigs(referenceConfigDirectory);
  const file = join(directory, 'wrong.yaml');
  writeFileSync(file, 'name: dpo\nlabel_smoothing: 0.7\n');
  await expect(validateLossConfig(file)).rejects.toThrow(/label_smoothing/);
  writeFileSync(file, 'name: dpo\n');
  await expect(validateLossConfig(file)).rejects.toThrow(/'loss.beta' is missing/);
  writeFileSync(file, 'policy_dtype: int8\n');
  await expect(validateModelConfig(file)).rejects.toThrow(/name_or_path[\s\S]*policy_dtype/);
  writeFileSync(file, 'trainer: Other\nexp_name: ???\nlocal_run_dir: ${x}\nextra: 1\n');
  await expect(validateTrainingConfig(file)).rejects.toThrow(
    /'trainer'[\s\S]*'defaults'|'defaults'[\s\S]*'trainer'/,
  );
  await expect(validateAllConfigs(dirname(file))).rejects.toThrow(/Cannot/);
});

test('trainConfigOf() makes the same run of the settings', async () => {
  const data = {
    train: ['a'],
    eval: ['b'],
    truncation: { a: 'limit-prompt-end' },
    examples: 50,
    notices: [],
  } as const;
  const found = { model: '/m', tokenizer: null };
  const config = await load(
    ...[
      'loss=dpo',
      'loss.beta=0.2',
      'loss.label_smoothing=0.1',
      'loss.reference_free=true',
      'optimizer=AdamW',
    ],
    ...[
      'batch_size=8',
      'gradient_accumulation_steps=2',
      'eval_every=20',
      'n_examples=30',
      'trainer=FSDPTrainer',
    ],
    ...['n_eval_model_samples=40', 'activation_checkpointing=true', 'model.policy_dtype=bfloat16'],
  );
  expect(trainConfigOf(config, { data, found })).toMatchObject({
    recipe: 'dpo',
    max_steps: 4,
    batch_size: 4,
    gradient_accumulation: 2,
    drop_last: true,
    schedule: 'constant',
    warmup_steps: 150,
    warmup_start: 'above-zero',
    optimizer: 'adamw',
    weight_decay: 0.01,
    decay_norms: true,
    max_grad_norm: 10,
    recompute: true,
    eval_every: 2,
    checkpoint_every: 2,
    keep_checkpoints: 3,
    samples: { prompts: 32, reference: true },
    dpo: { loss: 'sigmoid', beta: 0.2, label_smoothing: 0.1, reference_free: true },
    data: { boundary: 'separate', frame: 'eos', max_length: 512, max_prompt_length: 256 },
    metric_names: 'reference',
    log_interval: 1,
    tracking: { experiment: 'direct-preference-optimization', run_name: 'x' },
  });
  expect(noticesOf(config)).toEqual([
    'eval_every 20 is no multiple of batch_size 8; 16 is used',
    'trainer FSDPTrainer: this machine trains alone, with the same batches and numbers',
    'model.policy_dtype=bfloat16, model.reference_dtype=float16: everything is computed in float32',
    expect.stringMatching(/^wandb is not used/),
  ]);
  const debug = trainConfigOf(await load('debug=true', 'sample_during_eval=false'), { data, found });
  expect(debug).toMatchObject({
    recipe: 'sft',
    reduction: 'example-sum',
    tracking: null,
    checkpoint_every: 'never',
    samples: null,
  });
  const ipo = await load('loss=ipo', 'loss.beta=0.1');
  expect(trainConfigOf(ipo, { data, found }).dpo).toMatchObject({ loss: 'ipo_sum', beta: 0.1 });
});

test('stepsOf() ends at epochs or examples, and counts examples that an epoch leaves out as seen', () => {
  const steps = (n_epochs: number | null, n_examples: number | null) =>
    stepsOf({ batch_size: 4, n_epochs, n_examples }, 10);
  expect([steps(1, null), steps(3, null), steps(null, 4), steps(null, 5)]).toEqual([2, 6, 1, 2]);
  expect([steps(1, 100), steps(3, 9), steps(null, 13), steps(null, 15)]).toEqual([2, 3, 3, 4]);
  expect(stepsOf({ batch_size: 4, n_epochs: 1, n_examples: null }, 3)).toBe(0);
});

test('isReferenceCommand() tells by loss, datasets, exp_name, and refuses a mixture', () => {
  expect(isReferenceCommand(['recipe=sft', 'model=x', 'seed=1'])).toBe(false);
  expect(isReferenceCommand(['model=llama7b', '+loss.beta=0.1'])).toBe(true);
  expect(isReferenceCommand(['datasets=[hh]', 'seed=1'])).toBe(true);
  expect(() => isReferenceCommand(['loss=dpo', 'recipe=dpo', 'data.train=a'])).toThrow(
    /'loss' belong to the reference DPO trainer's command line, 'recipe', 'data' to Hone's own/,
  );
});
