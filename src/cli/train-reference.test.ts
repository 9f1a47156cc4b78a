// The reference DPO trainer's command line, from SFT to DPO on its own data formats, in this process.
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let directory: string;
const common = [
  'model=blank_model_fp32',
  'batch_size=4',
  'gradient_accumulation_steps=2',
  'eval_batch_size=2',
  'n_eval_examples=2',
  'n_eval_model_samples=2',
  'eval_every=8',
  'max_length=64',
  'max_prompt_length=32',
  'warmup_steps=3',
  'lr=1e-3',
  'minimum_log_interval_secs=0',
];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-train-reference-'));
  process.env.HONE_DATA = join(directory, 'data');
  process.env.HONE_CACHE = join(directory, 'cache');
  const row = (i: number) => {
    const asked = `\n\nHuman: Is ${i} more than five?\n\nAssistant:`;
    const [yes, no] = i > 5 ? [' Yes, it is.', ' No.'] : [' No, it is not.', ' Yes.'];
    return JSON.stringify({ chosen: asked + yes, rejected: asked + no });
  };
  const rows = (count: number) => Array.from({ length: count }, (_, i) => `${row(i)}\n`).join('');
  const set = join(directory, 'sets', 'hh');
  await mkdir(set, { recursive: true });
  await writeFile(join(set, 'train.jsonl'), rows(14));
  await writeFile(join(set, 'test.jsonl'), rows(3));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function train(...settings: string[]) {
  const { terminal, written } = capturedTerminal();
  const places = [`datasets_dir=${join(directory, 'sets')}`, `local_dirs=[${join(directory, 'runs')}]`];
  const status = await run(['train', ...common, ...places, 'datasets=[hh]', ...settings], terminal);
  return { status, ...written };
}

async function runOf(name: string): Promise<string> {
  const [user = ''] = await readdir(join(directory, 'runs'));
  const found = (await readdir(join(directory, 'runs', user))).find((entry) => entry.startsWith(`${name}_`));
  return join(directory, 'runs', user, found ?? 'none');
}

async function rowsOf(run: string, file = 'metrics.jsonl'): Promise<Record<string, number>[]> {
  const text = await readFile(join(run, file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, number>);
}

test('SFT, then DPO from its LATEST, by the reference command line', { timeout: 120_000 }, async () => {
  const model = 'model.name_or_path=new:hiddenSize=32:layers=1:heads=2:maxPositions=64';
  const sft = await train('loss=sft', 'exp_name=first', model);
  expect(sft.err).not.toMatch(/rror/);
  expect(sft.status).toBe(0);
  const first = await runOf('first');
  expect(await readlink(join(first, 'LATEST'))).toBe('final');
  expect(parse(await readFile(join(first, 'config.yaml'), 'utf8'))).toMatchObject({
    exp_name: 'first',
    loss: { name: 'sft' },
    local_run_dir: first,
  });
  expect(parse(await readFile(join(first, 'train.yaml'), 'utf8'))).toMatchObject({ recipe: 'sft' });
  // 14 examples are three batches of 4; the rest is left out
  const rows = await rowsOf(first);
  expect(rows.map((row) => row['counters/examples'])).toEqual([undefined, 4, 8, 12]);
  expect(rows.map((row) => row.learning_rate)).toEqual([undefined, 0.00025, 0.0005, 0.00075]);
  expect(rows[1]?.['loss/train']).toBe(-(rows[1]?.['logps_train/chosen'] ?? 0));
  expect(rows.map((row) => row['loss/eval'] !== undefined)).toEqual([true, false, true, true]);
  expect((await rowsOf(first, 'policy_samples.jsonl')).map(({ step }) => step)).toEqual([0, 0, 8, 8, 12, 12]);

  const archive = `model.archive=${join(first, 'LATEST')}`;
  const dpo = await train('loss=dpo', 'loss.beta=0.1', 'exp_name=second', 'model.name_or_path=any', archive);
  expect(dpo.status).toBe(0);
  expect(dpo.err).toMatch(/wandb is not used/);
  const second = await runOf('second');
  const [before, step] = await rowsOf(second);
  expect(before?.['loss/eval']).toBeCloseTo(Math.LN2, 5);
  expect(before?.['rewards_eval/accuracies']).toBe(0);
  expect(step).toMatchObject({ 'counters/updates': 1, 'counters/examples': 4 });
  expect(Object.keys(step ?? {})).toEqual(
    expect.arrayContaining([
      'rewards_train/chosen',
      'rewards_train/rejected',
      'rewards_train/accuracies',
      'rewards_train/margins',
      'logps_train/chosen',
      'logps_train/rejected',
      'loss/train',
      'examples_per_second',
      'grad_norm',
    ]),
  );
  expect(await readdir(join(second, 'LATEST'))).toContain('model.safetensors');
  expect((await rowsOf(second, 'reference_samples.jsonl')).length).toBe(6);
});

test('hone train prints the resolved tree, and refuses mixtures, --resume and a pickle', async () => {
  const printed = await train(
    'loss=dpo',
    'loss.beta=0.3',
    'exp_name=p',
    'model.name_or_path=m',
    '--print-config',
  );
  expect(printed.status).toBe(0);
  expect(parse(printed.out)).toMatchObject({ loss: { name: 'dpo', beta: 0.3 }, batch_size: 4 });
  const mixed = await train('loss=dpo', 'recipe=dpo', 'exp_name=p');
  expect(mixed.status).toBe(2);
  expect(mixed.err).toMatch(/'recipe' to Hone's own/);
  const resumed = await train('loss=sft', 'exp_name=p', 'model.name_or_path=m', '--resume');
  expect(resumed.err).toMatch(/train.yaml --resume/);
  const pickle = join(directory, 'policy.pt');
  await writeFile(pickle, '');
  const converted = await train('loss=sft', 'exp_name=p', 'model.name_or_path=m', `model.archive=${pickle}`);
  expect(converted.err).toMatch(/pickle/);
  const { terminal, written } = capturedTerminal();
  const service = ['model=zephyr', 'exp_name=s', '--config-name', 'service', '--print-config'];
  expect(await run(['train', ...service], terminal)).toBe(0);
  expect(parse(written.out)).toMatchObject({ batch_size: 128, loss: { beta: 0.1 } });
});
