// `hone quickstart` through the real command line, at its smallest size.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../src/cli/main.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { loadModel } from '../src/models/index.ts';
import { Tokenizer } from '../src/text/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'hone-quickstart-'));
const output = join(folder, 'result');

type Ran = { readonly status: number; readonly out: string; readonly err: string };

async function quickstart(...args: string[]): Promise<Ran> {
  const text = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    write: (part: string) => {
      text[name] += part;
    },
    isTTY: false,
    hasColours: false,
    columns: 80,
  });
  const terminal: Terminal = { out: stream('out'), err: stream('err'), exitStatus: 0 };
  const status = await run(['quickstart', '--size', 'tiny', ...args], terminal);
  return { status, ...text };
}

let first: Ran;

beforeAll(async () => {
  process.env.HONE_CACHE = join(folder, 'cache');
  first = await quickstart('--output', output, '--json');
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('hone quickstart --json prints one line of JSON with the agreed keys on standard output', () => {
  expect(first.status).toBe(0);
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

test('hone quickstart replaces its own former result', async () => {
  writeFileSync(join(output, 'stale.txt'), 'from before');
  const second = await quickstart('--output', output, '--seed', '1');
  expect(second.status).toBe(0);
  expect(second.out).toContain('Done in');
  expect(existsSync(join(output, 'stale.txt'))).toBe(false);
  expect(existsSync(`${output}.former`)).toBe(false);
}, 120_000);

test('hone quickstart refuses a directory of something else and leaves it alone', async () => {
  const other = join(folder, 'thesis');
  mkdirSync(other);
  writeFileSync(join(other, 'chapter-1.txt'), 'words');
  const { status, err } = await quickstart('--output', other);
  expect(status).toBe(2);
  expect(err).toContain('chapter-1.txt');
  expect(readFileSync(join(other, 'chapter-1.txt'), 'utf8')).toBe('words');
});

test('hone quickstart refuses a size that is not known and leaves nothing behind', async () => {
  const target = join(folder, 'none');
  const { status, err } = await quickstart('--output', target, '--size', 'huge');
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
