// Models saved and opened again; checkpoints that do not fit are refused with everything that is wrong.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { InputError } from '../../core/index.ts';
import { openWeights, type TensorToWrite, writeSafetensors } from '../../engine/index.ts';
import { initializeParameters } from '../initialize.ts';
import { newModel } from '../new-model.ts';
import { type LoadedModel, loadModel, openModel, saveModel } from './index.ts';

const fixtures = fileURLToPath(new URL('../../../test/fixtures/parity/', import.meta.url));
const scratch = await mkdtemp(join(tmpdir(), 'hone-checkpoint-'));
afterAll(() => rm(scratch, { recursive: true }));

const models = ['llama', 'llama_tied', 'llama_bf16_sharded', 'mistral', 'mistral_window', 'qwen2'];

test.each(models)('saveModel: %s read again is equal to the bit', async (name) => {
  const loaded = await loadModel(fixtures + name);
  const directory = join(scratch, `again-${name}`);
  await save(directory, loaded);
  const again = await loadModel(directory);
  expect(again.parameters).toEqual(loaded.parameters);
  expect(again.tokens).toEqual({ bos: 1, eos: [2] });
  expect(again.model.formatConfig()).toEqual(loaded.model.formatConfig());
});

test('saveModel writes 16-bit shards, extra files and copies', async () => {
  const loaded = await loadModel(`${fixtures}llama`);
  const directory = join(scratch, 'shards');
  await saveModel(directory, {
    model: loaded.model,
    parameters: valuesOf(loaded),
    dtype: 'BF16',
    maxShardBytes: 16_000,
    generationConfig: { temperature: 0.5 },
    tokens: { eos: [2, 3], pad: 0 },
    extraFiles: { 'chat_template.jinja': '{{ messages }}' },
    copyFiles: [`${fixtures}rope.json`],
  });
  const files = await readdir(directory);
  expect(files).toEqual(
    expect.arrayContaining(['chat_template.jinja', 'rope.json', 'model.safetensors.index.json']),
  );
  expect(files.filter((file) => file.endsWith('.safetensors')).length).toBeGreaterThan(2);
  const again = await openModel(directory);
  expect(again.dtype).toBe('BF16');
  expect(again.tokens).toEqual({ eos: [2, 3], pad: 0 });
  expect(again.generationConfig).toMatchObject({ temperature: 0.5, eos_token_id: [2, 3] });
  await again.close();
});

test('saveModel leaves what was there when it fails, and replaces a model only when told', async () => {
  const loaded = await loadModel(`${fixtures}qwen2`);
  const directory = join(scratch, 'guarded');
  await save(directory, loaded);
  await expect(save(directory, loaded)).rejects.toThrow('it holds a model already');
  const broken = () => Promise.reject(new Error('lost'));
  const options = { model: loaded.model, parameters: broken, replace: true };
  await expect(saveModel(directory, options)).rejects.toThrow('lost');
  expect((await loadModel(directory)).parameters).toEqual(loaded.parameters);
  await saveModel(directory, { ...options, parameters: valuesOf(loaded), tokens: { eos: [9] } });
  expect((await loadModel(directory)).tokens).toEqual({ eos: [9] });
  expect(await readdir(scratch)).not.toContainEqual(expect.stringContaining('tmp-'));
});

test('saveModel never replaces a directory that is no model', async () => {
  const loaded = await loadModel(`${fixtures}qwen2`);
  const directory = await mkdtemp(join(scratch, 'mine-'));
  await writeFile(join(directory, 'thesis.txt'), 'ten years of work');
  const options = { model: loaded.model, parameters: valuesOf(loaded), replace: true };
  await expect(saveModel(directory, options)).rejects.toThrow('is not empty and holds no model');
  await expect(
    saveModel(join(scratch, 'x'), { ...options, extraFiles: { 'config.json': '' } }),
  ).rejects.toThrow("Cannot save 'config.json'");
});

test('openModel names every tensor that does not fit', async () => {
  const directory = await rewritten('llama', (tensors) => [
    ...tensors
      .filter(({ name }) => name !== 'model.norm.weight')
      .map((tensor) => (tensor.name === 'lm_head.weight' ? { ...tensor, shape: [32, 101] } : tensor)),
    tensor('model.layers.9.mlp.up_proj.weight', [1]),
    tensor('base_model.model.lora_A.weight', [1]),
  ]);
  const error = await openModel(directory).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(InputError);
  const message = String(error);
  expect(message).toContain("'model.norm.weight' [32] is missing");
  expect(message).toContain("'lm_head.weight' has shape [32, 101], config.json asks for [101, 32]");
  expect(message).toContain("'model.layers.9.mlp.up_proj.weight' is not expected");
  expect(message).toContain('belongs to an adapter');
});

test('openModel takes a base model without prefix, rotary buffers, and a tied head that is equal', async () => {
  const plain = await loadModel(`${fixtures}llama_tied`);
  const embedding = plain.parameters['model.embed_tokens.weight']?.data as Float32Array;
  const head: TensorToWrite = { name: 'lm_head.weight', dtype: 'F32', shape: [97, 32], data: embedding };
  const directory = await rewritten('llama_tied', (tensors) => [
    ...tensors.map((each) => ({ ...each, name: each.name.replace(/^model\./, '') })),
    tensor('layers.0.self_attn.rotary_emb.inv_freq', [4]),
    head,
  ]);
  expect((await loadModel(directory)).parameters).toEqual(plain.parameters);
});

test('openModel refuses a tied model whose stored head differs', async () => {
  const directory = await rewritten('llama_tied', (tensors) => [
    ...tensors,
    tensor('lm_head.weight', [97, 32]),
  ]);
  await expect(openModel(directory)).rejects.toThrow(
    "'lm_head.weight' differs from 'model.embed_tokens.weight'",
  );
});

test('openModel refuses what is no model, with a remedy', async () => {
  await expect(openModel(join(scratch, 'nowhere'))).rejects.toThrow(
    'there is no such directory; check the path',
  );
  await expect(openModel(`${fixtures}rope.json`)).rejects.toThrow('part of the path is a file');
  const directory = await mkdtemp(join(scratch, 'bad-'));
  await expect(openModel(directory)).rejects.toThrow('it holds no config.json');
  await writeFile(join(directory, 'config.json'), '{"model_type": "gpt2"}');
  await expect(openModel(directory)).rejects.toThrow(
    'architecture "gpt2" is not known; known: llama, mistral, qwen2',
  );
  await writeFile(join(directory, 'config.json'), '{"model_type": ');
  await expect(openModel(directory)).rejects.toThrow('it is not JSON');
  await cp(`${fixtures}qwen2/config.json`, join(directory, 'config.json'));
  await expect(openModel(directory)).rejects.toThrow('holds no model.safetensors');
});

test('initializeParameters gives each parameter a stream of its own', () => {
  const fill = (spec: string, seed: number) => {
    const model = newModel(spec, 60);
    const values = new Map(
      model.parameters.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b))]),
    );
    initializeParameters(model, seed, (name) => values.get(name) as Float32Array);
    return values;
  };
  const shallow = fill('new:hiddenSize=64,layers=1', 7);
  const deep = fill('new:hiddenSize=64,layers=2', 7);
  for (const [name, values] of shallow) expect(deep.get(name)).toEqual(values);
  const weight = 'model.layers.0.mlp.up_proj.weight';
  expect(fill('new:hiddenSize=64,layers=1', 8).get(weight)).not.toEqual(shallow.get(weight));
  expect(deep.get('model.layers.1.mlp.up_proj.weight')).not.toEqual(deep.get(weight));
  const values = shallow.get(weight) as Float32Array;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  expect(deviation).toBeCloseTo(0.02, 3);
  expect(shallow.get('model.norm.weight')).toEqual(new Float32Array(64).fill(1));
});

function valuesOf({ parameters }: LoadedModel): (name: string) => Float32Array {
  return (name) => parameters[name]?.data as Float32Array;
}

async function save(directory: string, loaded: LoadedModel): Promise<void> {
  const { model, tokens } = loaded;
  await saveModel(directory, { model, tokens, parameters: valuesOf(loaded) });
}

function tensor(name: string, shape: readonly number[]): TensorToWrite {
  return { name, dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)) };
}

/** A copy of a fixture with other tensors. */
async function rewritten(
  name: string,
  change: (tensors: readonly TensorToWrite[]) => readonly TensorToWrite[],
): Promise<string> {
  const directory = await mkdtemp(join(scratch, `${name}-`));
  await writeFile(join(directory, 'config.json'), await readFile(`${fixtures}${name}/config.json`));
  await using weights = await openWeights(fixtures + name);
  const tensors = weights.names.map((each): TensorToWrite => {
    return { name: each, dtype: 'F32', shape: weights.info(each).shape, data: () => weights.read(each) };
  });
  await writeSafetensors(join(directory, 'model.safetensors'), change(tensors));
  return directory;
}
