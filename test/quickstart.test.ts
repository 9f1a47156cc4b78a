// `hone quickstart` through the real command line, at its smallest size.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadModel } from '../src/models/index.ts';
import { Tokenizer } from '../src/text/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-quickstart-'));
const output = join(folder, 'result');
const hone = join(import.meta.dirname, '..', 'bin', 'hone.js');

const env = { ...process.env, HONE_CACHE: join(folder, 'cache') };

type Ran = { readonly status: number | null; readonly out: string; readonly err: string };

function quickstart(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [hone, 'quickstart', '--size', 'tiny', ...args],
    { encoding: 'utf8', env },
  );
  return { status, out: stdout, err: stderr };
}

let first: Ran;

beforeAll(() => {
  first = quickstart('--output', output, '--json');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('hone quickstart --json prints one line of JSON with the agreed keys on standard output', () => {
  expect(first).toMatchObject({ status: 0 });
  const lines = first.out.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  const json = JSON.parse(lines[0] ?? '');
  expect(Object.keys(json)).toEqual([
    'seconds',
    'parameters',
    'evalLoss',
    'rewardAccuracy',
    'rewardMargin',
    'model',
    'report',
  ]);
  for (const key of ['evalLoss', 'rewardAccuracy', 'rewardMargin'])
    expect(Object.keys(json[key])).toEqual(['base', 'sft', 'dpo']);
  expect(json.evalLoss.sft).toBeLessThan(json.evalLoss.base);
  expect(json.rewardAccuracy.sft).toBe(0);
  expect(json.rewardMargin.sft).toBe(0);
  expect(json.rewardAccuracy.dpo).toBeGreaterThan(0.9);
  expect(json.rewardMargin.dpo).toBeGreaterThan(0);
  expect(json).toMatchObject({ model: join(output, 'dpo', 'final'), report: join(output, 'report.html') });
});

test('hone quickstart tells people of measurements, answers and what to type next', () => {
  expect(first.err).toContain('reward accuracy');
  expect(first.err).toMatch(/^after DPO /m);
  expect(first.err).toContain(`hone chat ${join(output, 'dpo', 'final')}`);
});

test('hone quickstart leaves a model that loads, with its tokenizer and chat template', async () => {
  const { model } = await loadModel(join(output, 'dpo', 'final'));
  const tokenizer = await Tokenizer.fromDirectory(join(output, 'dpo', 'final'));
  expect(model.vocabSize).toBe(tokenizer.vocabSize);
  expect(tokenizer.chatTemplates.has('default')).toBe(true);
});

test('The report needs nothing from elsewhere, is well formed and holds the curves', () => {
  const report = readFileSync(join(output, 'report.html'), 'utf8');
  expect(report).not.toMatch(/https?:|<script|<link|@import|url\(|\ssrc=|\shref=/);
  expect(unbalanced(report)).toEqual([]);
  const titles = [...report.matchAll(/<figcaption><b>([^<]+)/g)].map(([, title]) => title);
  expect(titles).toEqual(expect.arrayContaining(['SFT: loss', 'DPO: loss', 'DPO: reward accuracy']));
  const curves = [...report.matchAll(/<polyline[^>]* points="([^"]*)"/g)].map(([, points]) => points ?? '');
  expect(curves.length).toBeGreaterThan(12);
  for (const points of curves) expect(points).toMatch(/^(-?[\d.]+,-?[\d.]+ ?){2,}$/);
  expect(report).toMatch(/<mark>[^<]+&lt;\|im_end\|&gt;\s*<\/mark>/);
});

test('hone quickstart replaces its own former result', () => {
  writeFileSync(join(output, 'stale.txt'), 'from before');
  const second = quickstart('--output', output, '--seed', '1');
  expect(second.status).toBe(0);
  expect(second.out).toContain('Done in');
  expect(existsSync(join(output, 'stale.txt'))).toBe(false);
  expect(existsSync(`${output}.former`)).toBe(false);
}, 120_000);

test.skipIf(process.platform === 'win32')(
  'hone quickstart, interrupted, ends with status 3 and brings the former result back',
  async () => {
    const former = join(folder, 'former');
    quickstart('--output', former);
    writeFileSync(join(former, 'mine.txt'), 'kept');
    const child = spawn(process.execPath, [hone, 'quickstart', '--output', former, '--json'], { env });
    let told = '';
    child.stderr.on('data', (part: Buffer) => {
      told += part.toString();
    });
    while (!told.includes('imitates')) await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [status] = await once(child, 'exit');
    expect({ status, told }).toMatchObject({ status: 3, told: expect.stringContaining('run it again') });
    expect(readFileSync(join(former, 'mine.txt'), 'utf8')).toBe('kept');
  },
  60_000,
);

test('hone quickstart refuses a directory of something else and leaves it alone', () => {
  const other = join(folder, 'thesis');
  mkdirSync(other);
  writeFileSync(join(other, 'chapter-1.txt'), 'words');
  const { status, err } = quickstart('--output', other);
  expect(status).toBe(2);
  expect(err).toContain('chapter-1.txt');
  expect(readFileSync(join(other, 'chapter-1.txt'), 'utf8')).toBe('words');
});

test('hone quickstart refuses a size that is not known and leaves nothing behind', () => {
  const target = join(folder, 'none');
  const { status, err } = quickstart('--output', target, '--size', 'huge');
  expect(status).toBe(2);
  expect(err).toContain('tiny, small');
  expect(existsSync(target)).toBe(false);
});

const voids = new Set(['meta', 'br']);

/** Tags that are not closed, or closed without being open. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const faults: string[] = [];
  const body = html.replace(/<style>[\s\S]*?<\/style>/, '');
  for (const [, slash, name = '', rest = ''] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) faults.push(`</${name}> closes <${last}>`);
    } else if (!voids.has(name) && !rest.endsWith('/')) open.push(name);
  }
  return [...faults, ...open];
}
