// Models and data are found where the reference trainer's users have them, or refused with the way to get them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findDataFiles } from './data-files.ts';
import { loadReferenceConfig } from './load.ts';
import { findReferenceModel } from './models.ts';

const directory = mkdtempSync(join(tmpdir(), 'hone-reference-places-'));
const at = (path: string) => join(directory, path);
beforeAll(() => {
  vi.stubEnv('HF_HOME', at('hf'));
  vi.stubEnv('HF_HUB_CACHE', '');
  vi.stubEnv('HUGGINGFACE_HUB_CACHE', '');
  vi.stubEnv('HONE_MODELS', at('models'));
  vi.stubEnv('HONE_DATASETS', '');
  vi.stubEnv('DATASET_PATH', '');
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

function write(path: string, text: string): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  return at(path);
}

async function modelOf(...overrides: string[]) {
  const config = await loadReferenceConfig({ overrides: ['exp_name=x', ...overrides] });
  return findReferenceModel(config, at('scratch'));
}

test('findReferenceModel() looks in directories, HONE_MODELS and the Hugging Face cache', async () => {
  await expect(modelOf('model=llama7b')).rejects.toThrow(
    /Cannot find model.name_or_path 'huggyllama\/llama-7b': .*hf download huggyllama\/llama-7b --local-dir DIR/,
  );
  write('hf/hub/models--huggyllama--llama-7b/refs/main', 'abc\n');
  write('hf/hub/models--huggyllama--llama-7b/snapshots/abc/config.json', '{"model_type": "llama"}');
  expect((await modelOf('model=llama7b')).model).toBe(
    at('hf/hub/models--huggyllama--llama-7b/snapshots/abc'),
  );
  write('models/llama-7b/config.json', '{"model_type": "llama"}');
  expect((await modelOf('model=llama7b')).model).toBe(at('models/llama-7b'));
});

test('findReferenceModel() refuses families that are not run, by preset and by config.json', async () => {
  await expect(modelOf('model=gpt2-large')).rejects.toThrow(
    /GPT2Block models are of no family.*use model=llama7b/,
  );
  const gpt = dirname(write('gpt/config.json', '{"model_type": "gpt_neox"}'));
  const named = modelOf('model=blank_model_fp32', `model.name_or_path=${gpt}`);
  await expect(named).rejects.toThrow(/gpt_neox models are of no family/);
});

test('findReferenceModel() takes a finished run as archive, and refuses a pickle with its conversion', async () => {
  write('run/LATEST/config.json', '{"model_type": "llama"}');
  expect((await modelOf('model=llama7b', `model.archive=${at('run')}`)).model).toBe(at('run/LATEST'));
  const pickle = write('theirs/LATEST/policy.pt', '');
  for (const archive of [pickle, dirname(pickle)])
    await expect(modelOf('model=llama7b', `model.archive=${archive}`)).rejects.toThrow(
      /policy\.pt.*pickle.*save_pretrained\(DIR\)/,
    );
  await expect(modelOf('model=llama7b', 'model.archive=nowhere')).rejects.toThrow(/no such directory/);
});

test('findDataFiles() finds a clone, the Hugging Face cache and the service file, and tells where it looked', async () => {
  const scratch = at('scratch');
  const find = async (name: 'hh' | 'shp' | 'se' | 'novalto', part: 'train' | 'test', ...more: string[]) => {
    const overrides = ['model=llama7b', 'exp_name=x', ...more];
    return findDataFiles(name, part, { config: await loadReferenceConfig({ overrides }), scratch });
  };
  await expect(find('hh', 'test')).rejects.toThrow(
    /test files of dataset 'hh'.*datasets--Anthropic--hh-rlhf.*datasets_dir=DIR/,
  );
  const files = ['helpful/train.jsonl.gz', 'helpful/test.jsonl.gz', 'harmless/train.jsonl.gz', 'README.md'];
  for (const file of files) write(`data/hh-rlhf/${file}`, '');
  const inClone = `datasets_dir=${at('data')}`;
  expect(await find('hh', 'train', inClone)).toEqual([
    at('data/hh-rlhf/harmless/train.jsonl.gz'),
    at('data/hh-rlhf/helpful/train.jsonl.gz'),
  ]);
  expect(await find('hh', 'test', inClone)).toEqual([at('data/hh-rlhf/helpful/test.jsonl.gz')]);
  write('hf/hub/datasets--stanfordnlp--SHP/refs/main', 'r1');
  const test = write('hf/hub/datasets--stanfordnlp--SHP/snapshots/r1/askbaking/test.json', '');
  expect(await find('shp', 'test')).toEqual([test]);
  await expect(find('novalto', 'train')).rejects.toThrow(
    /looked for data\/dataset.json; give dataset_path=FILE/,
  );
  const own = write('own.json', '[]');
  expect(await find('novalto', 'test', `dataset_path=${own}`)).toEqual([own]);
  vi.stubEnv('DATASET_PATH', own);
  expect(await find('novalto', 'train')).toEqual([own]);
});
