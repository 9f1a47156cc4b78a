// Adapters on disk: PEFT's own files and ours, against the logits that PEFT computed.
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  float32,
  type HostTensor,
  type HostTensors,
  input,
  int64,
  openWeights,
  Session,
  writeSafetensors,
} from '../../engine/index.ts';
import { type LoadedModel, loadModel, openModel, saveModel } from '../checkpoint/index.ts';
import { causalBias } from '../layers/index.ts';
import type { CausalModel, Weights } from '../model.ts';
import { GraphWeights } from '../weights.ts';
import type { LoraConfig } from './lora-config.ts';
import { LoraWeights } from './lora-weights.ts';
import { checkMergeBase, mergeAdapter } from './merge.ts';
import { loadAdapter, openAdapter } from './open.ts';
import { saveAdapter } from './save.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/parity/', import.meta.url));
const adapters = join(fixtures, 'training', 'adapters');
const tolerance = 1e-4;

type Probe = { readonly ids: readonly number[][]; readonly logits: readonly number[][] };
type Run = {
  readonly adapter: string;
  readonly initial: string;
  readonly probe: Probe;
  readonly probe_rslora: Probe;
};

let base: LoadedModel;
let scratch: string;
beforeAll(async () => {
  base = await loadModel(join(fixtures, 'llama'));
  scratch = await mkdtemp(join(tmpdir(), 'hone-adapters-'));
});
afterAll(() => rm(scratch, { recursive: true }));

const runs = ['sft', 'dpo'].flatMap((task) => ['qv', 'all'].map((name) => ({ task, name })));

test.each(runs)(
  'loadAdapter: $task $name gives the logits of PEFT, plain and rank-stabilised',
  async (run) => {
    const { adapter, probe, probe_rslora: stabilised } = await readRun(run);
    const { config, baseModel, parameters } = await loadAdapter(
      join(fixtures, 'training', adapter),
      base.model,
    );
    expect(baseModel).toBe('llama');
    const targets = run.name === 'all' ? 'all-linear' : ['q_proj', 'v_proj'];
    expect(config).toEqual({ rank: 4, alpha: 8, dropout: 0, targets, rsLora: false });
    expectClose(await adapted(config, parameters, probe), probe.logits[0]);
    expectClose(await adapted({ ...config, rsLora: true }, parameters, stabilised), stabilised.logits[0]);
  },
);

test.each(runs)('mergeAdapter: $task $name saved merged gives the same logits', async (run) => {
  const { adapter, probe } = await readRun(run);
  const { config, parameters } = await loadAdapter(join(fixtures, 'training', adapter), base.model);
  const directory = join(scratch, `merged-${run.task}-${run.name}`);
  await saveModel(directory, {
    model: base.model,
    parameters: mergeAdapter({
      model: base.model,
      parameters: reader(base.parameters),
      adapter: { config, parameters: reader(parameters) },
    }),
  });
  const merged = await loadModel(directory);
  const logits = await lastLogits(merged.model, merged.parameters, { probe });
  expectClose(logits, probe.logits[0]);
  expectClose(logits, await adapted(config, parameters, probe));
});

test.each(runs)(
  'LoraWeights: $task $name with B = 0 gives the logits of the base to the bit',
  async (run) => {
    const { initial, probe } = await readRun(run);
    const { config, parameters } = await loadAdapter(join(fixtures, 'training', initial), base.model);
    const plain = await lastLogits(base.model, base.parameters, { probe });
    expect(await adapted(config, parameters, probe)).toEqual(plain);
  },
);

test('saveAdapter writes what openAdapter reads to the bit, and keeps every setting', async () => {
  const first = await loadAdapter(join(adapters, 'qv_sft_final'), base.model);
  const directory = join(scratch, 'saved');
  const config: LoraConfig = { ...first.config, alpha: 12.5, dropout: 0.05, rsLora: true };
  const save = (replace: boolean) =>
    saveAdapter(directory, {
      model: base.model,
      config,
      parameters: reader(first.parameters),
      baseModel: 'some/base',
      extraFiles: { 'README.md': '# Card\n' },
      replace,
    });
  await save(false);
  const second = await loadAdapter(directory, base.model);
  expect(second).toEqual({ config, baseModel: 'some/base', parameters: first.parameters });
  expect(await readFile(join(directory, 'README.md'), 'utf8')).toBe('# Card\n');
  await using ours = await openWeights(join(directory, 'adapter_model.safetensors'));
  await using theirs = await openWeights(join(adapters, 'qv_sft_final', 'adapter_model.safetensors'));
  expect([...ours.names].sort()).toEqual([...theirs.names].sort());
  await expect(save(false)).rejects.toThrow(/it holds an adapter already/);
  await save(true);
});

test('saveAdapter leaves nothing behind when it fails, and spares other directories', async () => {
  const { config, parameters } = await loadAdapter(join(adapters, 'qv_sft_final'), base.model);
  const directory = join(scratch, 'failed');
  const options = { model: base.model, config, parameters: () => new Float32Array(1) };
  await expect(saveAdapter(directory, options)).rejects.toThrow(/elements/);
  await expect(openAdapter(directory, base.model)).rejects.toThrow(/it holds no adapter_config.json/);
  const occupied = join(scratch, 'occupied');
  await cp(join(fixtures, 'llama'), occupied, { recursive: true });
  const good = { model: base.model, config, parameters: reader(parameters), replace: true };
  await expect(saveAdapter(occupied, good)).rejects.toThrow(/not empty and holds no adapter alone/);
});

test('saveAdapter writes all-linear as names that every reader knows', async () => {
  const { config, parameters } = await loadAdapter(join(adapters, 'all_sft_final'), base.model);
  const directory = join(scratch, 'all');
  await saveAdapter(directory, { model: base.model, config, parameters: reader(parameters) });
  const json = JSON.parse(await readFile(join(directory, 'adapter_config.json'), 'utf8'));
  const projections = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
  expect(json).toMatchObject({
    target_modules: projections,
    base_model_name_or_path: null,
    peft_type: 'LORA',
  });
  expect((await loadAdapter(directory, base.model)).config).toEqual(config);
});

test.each([
  [{ use_dora: true }, /use_dora: true is not supported/],
  [{ modules_to_save: ['lm_head'] }, /modules_to_save: \["lm_head"\] is not supported/],
  [{ rank_pattern: { q_proj: 8 } }, /rank_pattern/],
  [{ alpha_pattern: { q_proj: 8 } }, /alpha_pattern/],
  [{ lora_bias: true }, /lora_bias/],
  [{ a_later_invention: 1 }, /a_later_invention: 1 is not supported/],
  [{ bias: 'all' }, /bias: must be 'none'/],
  [{ peft_type: 'LOHA' }, /peft_type: must be 'LORA'/],
  [{ task_type: 'SEQ_CLS' }, /task_type: must be 'CAUSAL_LM'/],
  [{ init_lora_weights: 'pissa' }, /init_lora_weights: must not change the base model/],
  [{ r: 0, lora_alpha: 'x' }, /r: [\s\S]*lora_alpha: /],
  [{ target_modules: ['c_attn'] }, /names no linear layer/],
  [{ target_modules: '(?P<x>q_proj)' }, /the pattern .* is not supported/],
])('openAdapter refuses %j', async (settings, reason) => {
  await expect(openAdapter(await variant('qv_sft_final', settings), base.model)).rejects.toThrow(reason);
});

const wholeNames = [0, 1].flatMap((i) =>
  ['q', 'v'].map((part) => `model.layers.${i}.self_attn.${part}_proj`),
);

test.each([
  [{ target_modules: ['v_proj', 'c_attn', 'q_proj', 'q_proj'] }, ['v_proj', 'q_proj']],
  [{ target_modules: String.raw`.*\.(q|v)_proj` }, undefined],
  [
    {
      target_modules: 'all-linear',
      exclude_modules: ['k_proj', 'o_proj', 'mlp.gate_proj', 'up_proj', 'down_proj'],
    },
    undefined,
  ],
  [{ target_modules: ['q_proj', 'v_proj'], layers_to_transform: [0, 1] }, ['q_proj', 'v_proj']],
  // Whole names are not restricted by layers.
  [{ target_modules: wholeNames, layers_to_transform: [7] }, wholeNames],
])('openAdapter understands %j', async (settings, targets) => {
  await using opened = await openAdapter(await variant('qv_sft_final', settings), base.model);
  expect(opened.config.targets).toEqual(targets ?? wholeNames);
});

test('openAdapter reads layers_to_transform as whole names', async () => {
  const directory = await variant('qv_sft_final', { layers_to_transform: 1 });
  // The file holds layer 0 too, which is then too much.
  await expect(openAdapter(directory, base.model)).rejects.toThrow(
    /layers\.0\.self_attn\.q_proj.* is not expected/,
  );
});

test('openAdapter names all missing, unexpected and misshapen tensors at once', async () => {
  const directory = await variant('qv_sft_final', {});
  const { parameters } = await loadAdapter(directory, base.model);
  const stem = 'base_model.model.model.layers.0.self_attn.q_proj';
  const { [`${stem}.lora_A.weight`]: a, [`${stem}.lora_B.weight`]: _, ...rest } = parameters;
  const changed: HostTensors = {
    ...rest,
    [`${stem}.lora_A.weight`]: float32(a?.data as Float32Array, [1, a?.data.length ?? 0]),
    [`${stem}.lora_magnitude_vector`]: float32(new Float32Array(1), [1]),
    'base_model.model.lm_head.lora_A.weight': float32(new Float32Array(1), [1]),
  };
  const tensors = Object.entries(changed).map(([name, { shape, data }]) => {
    return { name, shape, dtype: 'F32' as const, data: data as Float32Array };
  });
  await writeSafetensors(join(directory, 'adapter_model.safetensors'), tensors);
  await expect(openAdapter(directory, base.model)).rejects.toThrow(
    /lora_A.weight' has shape \[1, 128\], [\s\S]*\[4, 32\][\s\S]*lora_B.weight' \[32, 4\] is missing[\s\S]*lm_head.lora_A.weight' is not expected[\s\S]*DoRA/,
  );
});

test('openAdapter refuses torch pickles, other models and directories that are none', async () => {
  const directory = await variant('qv_sft_final', {});
  await rename(join(directory, 'adapter_model.safetensors'), join(directory, 'adapter_model.bin'));
  await expect(openAdapter(directory, base.model)).rejects.toThrow(/safe_serialization=True/);
  await using other = await openModel(join(fixtures, 'mistral'));
  await expect(openAdapter(join(adapters, 'qv_sft_final'), other.model)).rejects.toThrow(
    /check that it is for this model/,
  );
  await expect(openAdapter(join(scratch, 'none'), base.model)).rejects.toThrow(
    /holds no adapter_config.json/,
  );
});

test('checkMergeBase refuses a base that holds an adapter', async () => {
  await checkMergeBase(join(fixtures, 'llama'));
  await expect(checkMergeBase(join(adapters, 'qv_sft_final'))).rejects.toThrow(/it holds an adapter itself/);
  await expect(checkMergeBase(join(scratch, 'none'))).rejects.toThrow(/no such file or directory/);
});

let variants = 0;

/** A copy of an adapter with other settings. */
async function variant(name: string, settings: object): Promise<string> {
  const directory = join(scratch, `variant-${variants++}`);
  await cp(join(adapters, name), directory, { recursive: true });
  const file = join(directory, 'adapter_config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...settings }));
  return directory;
}

async function readRun({ task, name }: { task: string; name: string }): Promise<Run> {
  return JSON.parse(await readFile(join(fixtures, 'training', `${task}_lora.json`), 'utf8'))[name];
}

function reader(tensors: Readonly<Record<string, HostTensor>>): (name: string) => Float32Array {
  return (name) => tensors[name]?.data as Float32Array;
}

function adapted(config: LoraConfig, parameters: HostTensors, probe: Probe): Promise<number[]> {
  const over = (weights: Weights) => new LoraWeights(weights, { model: base.model, config });
  return lastLogits(base.model, { ...base.parameters, ...parameters }, { probe, over });
}

type ForwardOptions = { readonly probe: Probe; readonly over?: (weights: Weights) => Weights };

/** Logits of the last position of a probe's one row. */
async function lastLogits(
  model: CausalModel,
  parameters: HostTensors,
  { probe, over = (weights) => weights }: ForwardOptions,
): Promise<number[]> {
  const ids = probe.ids.flat();
  const shape = [1, ids.length] as const;
  const weights = over(new GraphWeights(model.parameters));
  const { hidden } = model.forward(weights, {
    ids: input('ids', 'int64', shape),
    positions: input('positions', 'int64', shape),
    attentionBias: causalBias(ids.length, model.slidingWindow),
  });
  await using session = await Session.create({ outputs: { logits: model.logits(weights, hidden) } });
  const feeds = { ids: int64(ids, shape), positions: int64([...ids.keys()], shape) };
  const { logits } = await session.run({ ...parameters, ...feeds });
  const data = logits?.data as Float32Array;
  return Array.from(data.subarray(-model.vocabSize));
}

function expectClose(actual: readonly number[], expected: readonly number[] | undefined): void {
  expect(actual.length).toBe(expected?.length);
  const distances = actual.map((value, i) => Math.abs(value - (expected?.[i] as number)));
  expect(Math.max(...distances)).toBeLessThan(tolerance);
}
