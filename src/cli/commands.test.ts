// The commands, run in this process: help, usage errors, exit statuses, what each prints.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { workflows } from '../app/index.ts';
import { InputError, InterruptedError, ResourceError } from '../core/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { commandTable } from './command-table.ts';
import { formats } from './data-options.ts';
import { describeError, statusOf } from './exit-status.ts';
import { run } from './main.ts';

let directory: string;
let toy: (name: string) => string;
const tiny = 'model=new:hiddenSize=16:layers=1:heads=2';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-commands-'));
  process.env.HONE_DATA = join(directory, 'data');
  toy = (name) => join(directory, 'toy', `${name}.jsonl`);
  await hone('data', 'toy', '--output', join(directory, 'toy'), '--count', '24', '--eval-count', '4');
  const settings = ['recipe=sft', tiny, 'vocab_size=300', 'max_steps=4', 'threads=1'];
  await hone('train', ...settings, `data.train=${toy('sft-train')}`, `output=${join(directory, 'sft')}`);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function hone(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run(argv, terminal), ...written };
}

test('hone --help names every command', async () => {
  const { status, out } = await hone('--help');
  expect(status).toBe(0);
  for (const { name, summary } of commandTable)
    expect(out).toMatch(new RegExp(`^ +${name} .*${summary}`, 'm'));
});

test.each([
  ...commandTable.map(({ name }) => [name]),
  ...['check', 'preview', 'stats', 'toy'].map((name) => ['data', name]),
  ...['ls', 'show', 'compare', 'leaderboard', 'export', 'delete', 'restore', 'gc', 'sync'].map((name) => [
    'runs',
    name,
  ]),
  ...['ls', 'show', 'events', 'cancel', 'pause', 'resume'].map((name) => ['jobs', name]),
  ...['ls', 'show', 'promote', 'alias', 'archive', 'audit', 'delete', 'restore', 'purge'].map((name) => [
    'models',
    name,
  ]),
])('hone %s %s --help gives examples that begin with the command', async (...words) => {
  const { status, out } = await hone(...words, '--help');
  expect(status).toBe(0);
  const examples = out.slice(out.search(/^Examples?:/m));
  expect(examples).toContain(`hone ${words.join(' ')}`);
  expect((await hone('help', ...words)).status).toBe(0);
});

test.each([
  [['trian'], "unknown command 'trian'", 'train'],
  [['train', '--resum'], "unknown option '--resum'", '--resume'],
  [['data', 'chek', 'a'], "unknown command 'chek'", 'check'],
  [['data', 'toy', '--output', 'x', '--count', 'many'], "'many' is invalid", 'whole number'],
  [['eval', 'm'], "required option '--data <file...>'", 'not specified'],
  [['data', 'check', 'a', '--format', 'jsonl'], "'jsonl' is invalid", 'preference'],
])('hone %j is refused with a hint and status 2', async (argv, fault, hint) => {
  const { status, err, out } = await hone(...argv);
  expect([status, out]).toEqual([2, '']);
  expect(err).toMatch(/^error: /);
  expect(err).toContain(fault);
  expect(err).toContain(hint);
});

test('statusOf() tells apart whose fault it is', () => {
  expect(statusOf(new InputError('x'))).toBe(2);
  expect(statusOf(new InterruptedError('x'))).toBe(3);
  expect(statusOf(new DOMException('x', 'AbortError'))).toBe(3);
  expect(statusOf(new ResourceError('x'))).toBe(1);
  expect(statusOf('thrown text')).toBe(1);
});

test('describeError() gives the stack and its causes on demand only', () => {
  const error = new InputError('Cannot read it', { cause: new Error('the reason') });
  expect(describeError(error, false)).toBe('error: Cannot read it\n');
  expect(describeError(error, true)).toMatch(/commands\.test\.ts.*caused by: Error: the reason/s);
  expect(describeError(new TypeError('oops'), false)).toContain('HONE_DEBUG=1');
});

test('formats equals the list of the data layer', async () => {
  const { formatNames } = await workflows.data();
  expect(formats).toEqual(formatNames);
});

test('hone train --print-config shows file, overrides and defaults, and writes nothing', async () => {
  const file = join(directory, 'print.yaml');
  const output = join(directory, 'never');
  await writeFile(file, `recipe: dpo\nmodel: a\noutput: ${output}\ndata: { train: b.jsonl }\n`);
  const { status, out } = await hone('train', file, 'seed=7', 'lora.rank=4', '--print-config');
  expect(status).toBe(0);
  expect(parse(out)).toMatchObject({
    ...{ recipe: 'dpo', model: 'a', seed: 7, learning_rate: 1e-5, betas: [0.9, 0.999] },
    lora: { rank: 4, alpha: 32 },
    dpo: { loss: 'sigmoid', beta: 0.1 },
  });
  await writeFile(file, out);
  expect((await hone('train', file, '--print-config')).out).toBe(out);
  expect(await readdir(directory)).not.toContain('never');
});

test('hone train --write-schema prints or writes the JSON Schema of a configuration', async () => {
  const printed = JSON.parse((await hone('train', '--write-schema')).out);
  expect(printed.properties.recipe.enum).toEqual(['sft', 'dpo']);
  const file = join(directory, 'train.schema.json');
  expect((await hone('train', '--write-schema', file)).out).toContain(`$schema=${file}`);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(printed);
});

test('hone train reports data, first example, evaluations and the end, and leaves a resolved configuration', async () => {
  const output = join(directory, 'told');
  const settings = ['recipe=sft', tiny, 'vocab_size=300', 'max_steps=4', 'eval_every=2', 'threads=1'];
  const data = [`data.train=${toy('sft-train')}`, `data.eval=${toy('sft-eval')}`, 'data.max_length=100'];
  const { status, out, err } = await hone('train', ...settings, ...data, `output=${output}`, '--json');
  expect(status).toBe(0);
  expect(out).toMatch(/data +24 examples, 4 held out\n +\d+ of them cut to 100 tokens/);
  expect(out).toMatch(/assistant\n\[\[/);
  expect(out).toMatch(/step 2: eval loss [\d.]+, perplexity/);
  expect(out).toMatch(/^record +hone runs show [0-9a-f]{32} \(in .*data\)$/m);
  expect(out).toContain(`hone chat ${output}/final`);
  expect(err).toMatch(/^step 1\/4 {2}loss [\d.]+ {2}eval loss .* tokens\/s {2}.* left$/m);
  const summary = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '');
  expect(summary).toMatchObject({ steps: 4, output, config: join(output, 'config.yaml') });
  expect(parse(await readFile(summary.config, 'utf8'))).toMatchObject({ learning_rate: 1e-3, eval_every: 2 });
  expect((await hone('train', summary.config, '--resume', '--quiet')).status).toBe(0);
});

test('hone train says of a tracker that is down where the record waits', async () => {
  const settings = ['recipe=sft', tiny, 'vocab_size=300', 'max_steps=1', 'threads=1'];
  const output = join(directory, 'untold');
  const data = [`data.train=${toy('sft-train')}`, `output=${output}`, 'tracking.uri=http://127.0.0.1:9'];
  const { status, out } = await hone('train', ...settings, ...data);
  expect(status).toBe(0);
  expect(out).toMatch(/^record +not yet in http:\/\/127\.0\.0\.1:9 \(Cannot reach .*\); it waits in /m);
  expect(out).toContain(`hone runs sync ${output}\n`);
});

test('hone train --quiet says nothing', async () => {
  const settings = ['recipe=sft', tiny, 'vocab_size=300', 'max_steps=1', 'threads=1'];
  const data = [`data.train=${toy('sft-train')}`, `output=${join(directory, 'quiet')}`];
  expect(await hone('train', ...settings, ...data, '--quiet')).toEqual({ status: 0, out: '', err: '' });
});

test('hone train draws one line anew on a terminal', async () => {
  const { terminal, written } = capturedTerminal({ isTTY: true });
  const settings = ['recipe=sft', tiny, 'vocab_size=300', 'max_steps=3', 'threads=1'];
  const data = [`data.train=${toy('sft-train')}`, `output=${join(directory, 'live')}`];
  expect(await run(['train', ...settings, ...data], terminal)).toBe(0);
  expect(written.err).toContain('\r\x1b[Kstep 3/3 ');
  expect(written.err.endsWith('\r\x1b[K')).toBe(true);
  expect(written.out).toContain('\x1b[32m');
});

test('hone eval measures imitation, and prints one JSON object', async () => {
  const { status, out } = await hone(
    'eval',
    join(directory, 'sft', 'final'),
    '--data',
    toy('sft-eval'),
    '--json',
  );
  expect(status).toBe(0);
  const result = JSON.parse(out);
  expect(result).toMatchObject({ recipe: 'sft', examples: 4, cut: 0, dropped: 0 });
  expect(result.perplexity).toBeCloseTo(Math.exp(result.loss), 6);
});

test('hone eval measures pairs: a model against itself has no margin, adapters are found by their base', async () => {
  const model = join(directory, 'sft', 'final');
  const pairs = ['--data', toy('preference-eval'), '--json'];
  const itself = JSON.parse((await hone('eval', model, ...pairs, '--reference', model)).out);
  expect(itself).toMatchObject({ recipe: 'dpo', 'rewards/margins': 0, 'rewards/accuracies': 0 });
  expect(itself.loss).toBeCloseTo(Math.LN2, 6);
  const alone = JSON.parse((await hone('eval', model, ...pairs)).out);
  expect(alone['logps/chosen']).toBeCloseTo(itself['logps/chosen'], 4);
  expect(alone).not.toHaveProperty('loss');

  const output = join(directory, 'dpo');
  const settings = [
    'recipe=dpo',
    `model=${model}`,
    'max_steps=3',
    'lora.rank=2',
    'learning_rate=0.05',
    'threads=1',
  ];
  await hone('train', ...settings, `data.train=${toy('preference-train')}`, `output=${output}`);
  const adapter = join(output, 'final');
  const tuned = JSON.parse((await hone('eval', adapter, ...pairs, '--reference', model)).out);
  expect(tuned).toMatchObject({ model, adapter });
  expect(tuned['rewards/margins']).not.toBe(0);

  const merged = join(directory, 'merged');
  expect((await hone('merge', adapter, '--output', merged)).status).toBe(0);
  const folded = JSON.parse((await hone('eval', merged, ...pairs, '--reference', model)).out);
  expect(folded['rewards/margins']).toBeCloseTo(tuned['rewards/margins'], 4);
  expect(await readdir(merged)).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
  );
  expect((await hone('merge', adapter, '--output', merged)).err).toContain('it holds a model already');
});

test.each([
  [['merge', 'SFT', '--output', 'x'], 'adapter_config.json'],
  [['eval', 'nowhere', '--data', 'PAIRS'], "Cannot open the model 'nowhere'"],
  [['eval', 'SFT', '--data', 'nowhere.jsonl'], 'nowhere.jsonl: File does not exist; check the path'],
  [['eval', 'SFT', '--data', 'SEQUENCES', '--reference', 'SFT'], 'the recipe is sft'],
  [['eval', 'SFT', '--data', 'SEQUENCES', '--recipe', 'dpo'], "cannot serve the purpose 'preference'"],
])('hone %j is refused as wrong input', async (words, message) => {
  const paths: Readonly<Record<string, string>> = {
    SFT: join(directory, 'sft', 'final'),
    PAIRS: toy('preference-eval'),
    SEQUENCES: toy('sft-eval'),
  };
  const { status, err } = await hone(...words.map((word) => paths[word] ?? word));
  expect(err).toContain(message);
  expect(status).toBe(2);
});

test('hone data check lists each bad row with line, reason and remedy, and ends with 1', async () => {
  const file = join(directory, 'bad.jsonl');
  const rows = ['{"prompt":"a","chosen":"b","rejected":"c"}', '{"prompt":"a","chosen":"b"}', '{"prom'];
  await writeFile(file, rows.join('\n'));
  const { status, out } = await hone('data', 'check', file);
  expect(status).toBe(1);
  expect(out).toContain(`fault   ${file}:2: Row has no 'rejected'; add 'rejected' or delete the row`);
  expect(out).toMatch(/:3: Last line is cut off/);
  expect(JSON.parse((await hone('data', 'check', file, '--json')).out)).toMatchObject({ ok: false, rows: 2 });
  expect(await hone('data', 'check', toy('preference-train'))).toMatchObject({ status: 0 });
});

test('hone data check --model finds prompts that fill the context', async () => {
  const model = ['--model', join(directory, 'sft', 'final')];
  const checked = await hone('data', 'check', toy('sft-train'), ...model, '--max-length', '20');
  expect([checked.status, checked.out.match(/Prompt has \d+ tokens, the context 20/g)?.length]).toEqual([
    1, 24,
  ]);
  expect((await hone('data', 'check', toy('sft-train'), ...model)).status).toBe(0);
});

test('hone data preview marks the trained tokens; --count counts', async () => {
  const model = ['--model', join(directory, 'sft', 'final')];
  const { out } = await hone('data', 'preview', toy('preference-train'), ...model, '--count', '2');
  expect(out.match(/\[\[.*?<\|im_end\|>\s*\]\]/gs)).toHaveLength(4);
  const lines = (await hone('data', 'preview', toy('sft-train'), ...model, '--json')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).place)).toEqual(
    [1, 2, 3].map((n) => `${toy('sft-train')}:${n}`),
  );
});

test('hone data stats tells rows and lengths, in tokens with a model', async () => {
  expect((await hone('data', 'stats', toy('preference-train'))).out).toMatch(
    /examples +24 \(24 preference\)/,
  );
  const model = ['--model', join(directory, 'sft', 'final')];
  const figures = JSON.parse((await hone('data', 'stats', toy('sft-eval'), ...model, '--json')).out);
  expect(figures).toMatchObject({ rows: 4, faults: 0, tokens: { sequence: { count: 4 } } });
});

test('hone data stats maps columns', async () => {
  const file = join(directory, 'columns.csv');
  await writeFile(file, 'question,good,bad\nq,a,b\n');
  const columns = ['prompt=question', 'chosen=good', 'rejected=bad'].flatMap((one) => ['--column', one]);
  expect((await hone('data', 'stats', file, ...columns)).out).toContain('1 preference');
});

test('hone doctor looks at every part; its status follows its findings', async () => {
  const { status, out } = await hone('doctor', '--json');
  const { ok, findings } = JSON.parse(out);
  const names = findings.map(({ name }: { name: string }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'Node',
      'tensor runtime',
      'tensor arithmetic',
      'tokenizers',
      'processor',
      'memory',
      'cache',
    ]),
  );
  expect(status).toBe(ok ? 0 : 1);
});
