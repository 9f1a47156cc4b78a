// Bad input to `hone train`: each fault is named, ends with status 2, and leaves nothing in the output directory.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let directory: string;
let model: string;
let pairs: string;
let output: string;
let count = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-bad-'));
  process.env.HONE_DATA = join(directory, 'data');
  await hone('data', 'toy', '--output', join(directory, 'toy'), '--count', '16', '--eval-count', '4');
  pairs = join(directory, 'toy', 'preference-train.jsonl');
  const made = join(directory, 'made');
  const settings = [
    'recipe=sft',
    'model=new:hiddenSize=16:layers=1:heads=2',
    'vocab_size=300',
    'max_steps=1',
  ];
  await hone(
    'train',
    ...settings,
    `data.train=${join(directory, 'toy', 'sft-train.jsonl')}`,
    `output=${made}`,
  );
  model = join(made, 'final');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function hone(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run(argv, terminal), ...written };
}

/** Trains in an output directory of its own. */
async function train(...settings: string[]) {
  output = join(directory, `out-${count++}`);
  return hone(
    ...['train', 'recipe=dpo', `model=${model}`, `data.train=${pairs}`, `output=${output}`],
    ...['max_steps=2', 'threads=1', ...settings],
  );
}

async function expectRefused(settings: readonly string[], ...messages: readonly (string | RegExp)[]) {
  const { status, err } = await train(...settings);
  for (const message of messages) expect(err).toMatch(message);
  expect(err).toMatch(/^error: /);
  expect(err).not.toMatch(/^ +at .*\.ts:\d/m);
  expect(status).toBe(2);
  expect(await readdir(output).catch(() => [])).toEqual([]);
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

const good = '{"prompt":"a","chosen":"b","rejected":"c"}\n';

test.each([
  [
    'cut off JSONL',
    `${good}{"prompt":"a","cho`,
    /:2: Last line is cut off after 18 characters; copy the file again/,
  ],
  [
    'a row without rejected',
    `${good}{"prompt":"a","chosen":"b"}\n`,
    /:2: Row has no 'rejected'; add 'rejected'/,
  ],
  [
    'an identical pair',
    `${good}{"prompt":"a","chosen":"b","rejected":"b"}\n`,
    /:2: 'chosen' and 'rejected' are identical/,
  ],
  ['an empty file', '', /bad\.jsonl.*empty/],
  [
    'Latin-1',
    Buffer.concat([
      Buffer.from(good),
      Buffer.from('{"prompt":"caf\xe9","chosen":"b","rejected":"c"}\n', 'latin1'),
    ]),
    /:2: .*UTF-8/,
  ],
  ['data for another recipe', '{"prompt":"a","completion":"b"}\n', /cannot serve the purpose 'preference'/],
])('hone train refuses %s', async (_, content, message) => {
  await expectRefused([`data.train=${await file('bad.jsonl', content)}`], message);
});

test('hone train refuses a prompt longer than the context, with its place and the way out', async () => {
  await expectRefused(
    ['data.max_length=20'],
    /preference-train\.jsonl:1: .*prompt has \d+ tokens/i,
    'on_long_prompt',
  );
});

test('hone train refuses the text of special tokens, and a token across the boundary, in words of settings', async () => {
  const special = await file('special.jsonl', '{"prompt":"a","chosen":"b <|im_end|>","rejected":"c"}\n');
  await expectRefused([`data.train=${special}`], 'set data.allow_special_text=true');
  const joined = await file(
    'joined.jsonl',
    '{"prompt":"Hello ","chosen":"the helmet","rejected":"the order"}\n',
  );
  await expectRefused([`data.train=${joined}`], /boundary.*data\.boundary=separate/);
});

test('hone train refuses a context longer than the model has', async () => {
  await expectRefused(['data.max_length=100000'], 'data.max_length 100000 exceeds');
});

test('hone train refuses missing and damaged weights', async () => {
  const bare = join(directory, 'bare');
  await cp(model, bare, { recursive: true });
  const weights = join(bare, 'model.safetensors');
  const { length } = await readFile(weights);
  await truncate(weights, length - 100);
  await expectRefused([`model=${bare}`], 'model.safetensors');
  await rm(weights);
  await expectRefused([`model=${bare}`], 'safetensors');
  await expectRefused(['model=nowhere'], "Cannot open the model 'nowhere': there is no such directory");
});

test('hone train refuses an unknown architecture', async () => {
  const other = join(directory, 'other');
  await cp(model, other, { recursive: true });
  const config = JSON.parse(await readFile(join(other, 'config.json'), 'utf8'));
  const renamed = { ...config, model_type: 'mamba', architectures: ['MambaForCausalLM'] };
  await writeFile(join(other, 'config.json'), JSON.stringify(renamed));
  await expectRefused([`model=${other}`], /mamba/i);
});

test('hone train refuses unknown keys and wrong values, all at once, each with its place', async () => {
  const path = await file('wrong.yaml', 'learning_rat: 1\nbatch_size: many\n');
  const { status, err } = await hone('train', path, 'recipe=dpo', 'model=a', 'data.train=b', 'output=c');
  expect(status).toBe(2);
  expect(err).toContain("wrong.yaml:1: unknown key 'learning_rat'. Did you mean 'learning_rate'?");
  expect(err).toMatch(/wrong\.yaml:2: .*batch_size/);
});

test('hone train refuses options that nothing would read', async () => {
  await expectRefused(
    ['early_stopping=2', 'momentum=0.9'],
    "'early_stopping' is not read",
    "'momentum' is not read",
  );
});

test.each([
  ['no configuration', [], 'no configuration is given'],
  ['a missing file', ['nowhere.yaml'], "Cannot read configuration 'nowhere.yaml'"],
  ['a word that is no setting', ['recipe.yaml', 'fast'], "Cannot read 'fast' as a setting"],
  ['nothing but a recipe', ['recipe=sft'], /model.*data|data.*model/s],
])('hone train refuses %s', async (_, argv, message) => {
  const { status, err } = await hone('train', ...argv);
  expect(err).toMatch(message);
  expect(status).toBe(2);
});

test("hone train refuses another run's directory, and one that is not a run's, and touches neither", async () => {
  await train();
  const first = output;
  const before = await readFile(join(first, 'metrics.jsonl'), 'utf8');
  const other = await train(`output=${first}`, 'seed=1');
  expect([other.status, other.err]).toEqual([
    2,
    expect.stringContaining('it belongs to another run, which differs in seed (42 there, 1 now)'),
  ]);
  const again = await train(`output=${first}`);
  expect([again.status, again.err]).toEqual([2, expect.stringContaining('add --resume to go on')]);
  expect(await readFile(join(first, 'metrics.jsonl'), 'utf8')).toBe(before);

  const foreign = join(directory, 'foreign');
  await mkdir(foreign);
  await writeFile(join(foreign, 'thesis.txt'), 'mine');
  const refused = await train(`output=${foreign}`);
  expect([refused.status, refused.err]).toEqual([
    2,
    expect.stringContaining('is not empty and holds no run of Hone (thesis.txt)'),
  ]);
  expect(await readdir(foreign)).toEqual(['thesis.txt']);
});

test('hone train stops at a loss that is no number, names step and rows, and ends with 1', async () => {
  const broken = join(directory, 'broken');
  await cp(model, broken, { recursive: true });
  const path = join(broken, 'model.safetensors');
  const bytes = await readFile(path);
  // The last four bytes are a weight
  bytes.writeFloatLE(Number.NaN, bytes.length - 4);
  await writeFile(path, bytes);
  const sft = join(directory, 'toy', 'sft-train.jsonl');
  const { status, err } = await train('recipe=sft', `model=${broken}`, `data.train=${sft}`);
  expect(err).toMatch(/^error: .*NaN at step 1; the batch holds .*sft-train\.jsonl:\d+/m);
  expect(status).toBe(1);
});

test('hone train refuses a password in tracking.uri and repeats it nowhere', async () => {
  const given = 'tracking.uri=http://me:hidden@host';
  await expectRefused([given], /it holds a user or a password.*MLFLOW_TRACKING_TOKEN/);
  const { err, out } = await train(given, '--print-config');
  expect(err + out).not.toContain('hidden');
});
