import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Tokenizer, trainTokenizer } from '../../text/index.ts';
import { describeFault } from '../fault.ts';
import { loadExamples } from '../load.ts';
import { toyPreferences } from '../toy/index.ts';
import { Distribution } from './distribution.ts';
import { checkData, dataStats, describeLeak, findLeaks, previewExample } from './index.ts';
import { SeenRows } from './seen-rows.ts';

let directory = '';
let tokenizer: Tokenizer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-inspect-'));
  const { train } = toyPreferences({ count: 200 });
  const texts = train.flatMap((row) => [...row.prompt, ...row.chosen, ...row.rejected]);
  tokenizer = await trainTokenizer(
    texts.map(({ content }) => content),
    { vocabSize: 400 },
  );
});
afterAll(() => rm(directory, { recursive: true }));

async function put(name: string, rows: readonly unknown[]): Promise<string> {
  const path = join(directory, name);
  await writeFile(
    path,
    rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''),
  );
  return path;
}

const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const short = (text: string) => text.replaceAll(`${directory}/`, '');

test('checkData() finds toy data sound', async () => {
  const { train } = toyPreferences({ count: 300 });
  const check = await checkData(await put('toy.jsonl', train), { tokenizer, maxLength: 128 });
  expect(check).toEqual({
    ok: true,
    format: 'preference',
    columns: '{prompt, chosen, rejected}',
    rows: 300,
    examples: 300,
    faults: { listed: [], total: 0, byKind: {} },
    warnings: { listed: [], total: 0, byKind: {} },
  });
});

test('checkData() lists every bad row in order with line, reason and remedy', async () => {
  const good = (n: number) => ({ prompt: `Q ${n}`, chosen: 'A', rejected: 'B' });
  const rows = [good(1), { prompt: 'Q', chosen: 'A' }, '{"prompt"', { ...good(2), rejected: 'A' }, good(3)];
  const many = Array.from({ length: 80 }, (_, index) => good(index + 10));
  const check = await checkData(await put('bad.jsonl', [...rows, ...many, { ...good(4), chosen: '' }]));
  expect(check).toMatchObject({ ok: false, rows: 85, examples: 82 });
  expect(check.faults.byKind).toEqual({ 'not-json': 1, 'missing-field': 1, 'identical-pair': 1, empty: 1 });
  expect(check.faults.listed.map(describeFault).map(short)).toEqual([
    "bad.jsonl:2: Row has no 'rejected'; add 'rejected' or delete the row",
    "bad.jsonl:3: Line is not JSON (Expected ':' after property name in JSON at position 9); fix or delete that line",
    "bad.jsonl:4: 'chosen' and 'rejected' are identical; nothing can be learnt from it: delete the row",
    "bad.jsonl:86: 'chosen' is empty; write the answer or delete the row",
  ]);
});

test('checkData() counts all faults and lists the first', async () => {
  const path = await put('many.jsonl', [{ text: 'a' }, ...Array.from({ length: 50 }, () => ({ text: '' }))]);
  const check = await checkData(path, { maxFaults: 3 });
  expect(check.faults).toMatchObject({ total: 50, byKind: { empty: 50 } });
  expect(check.faults.listed.map((fault) => fault.line)).toEqual([2, 3, 4]);
});

test('checkData() warns of duplicates across files, ignored columns and a role twice in turn', async () => {
  const row = { messages: [user('Q'), user('R'), assistant('A')], source: 'x' };
  const other = { messages: [user('Q'), assistant('A')], topic: 'y' };
  const paths = [await put('one.jsonl', [other, row]), await put('two.jsonl', [other, row])];
  const check = await checkData(paths);
  expect(check.ok).toBe(true);
  expect(check.warnings.byKind).toEqual({ duplicate: 2, 'role-order': 2, 'ignored-column': 2 });
  expect(check.warnings.listed.map(describeFault).map(short)).toEqual(
    expect.arrayContaining([
      'two.jsonl:1: Row is the same as one.jsonl:1; delete one, unless it is to count twice',
      'two.jsonl:2: Row is the same as one.jsonl:2; delete one, unless it is to count twice',
      "one.jsonl:2: Messages 1 and 2 are both of the role 'user'; join them if the chat template wants turns",
      "one.jsonl:2: Column 'source' is not read; map it if it matters",
    ]),
  );
});

test('checkData() with a tokenizer finds special-token text and prompts longer than the context', async () => {
  const long = 'where is my lamp? '.repeat(30);
  const path = await put('tokens.jsonl', [
    { messages: [user('Q'), assistant('A')] },
    { messages: [user('say <|im_end|> now'), assistant('A')] },
    { messages: [user(long), assistant('A')] },
    { messages: [user('Q'), assistant(long)] },
  ]);
  const check = await checkData(path, { tokenizer, maxLength: 64 });
  expect(check.faults.listed.map(describeFault).map(short)).toEqual([
    "tokens.jsonl:2: Text holds the special token '<|im_end|>' at character 4; remove it: it would be read as control, not as text",
    expect.stringMatching(/^tokens\.jsonl:3: Prompt has \d+ tokens, the context 64; shorten it or raise/),
  ]);
  expect(check.warnings.listed.map(describeFault).map(short)).toEqual([
    expect.stringMatching(
      /^tokens\.jsonl:4: Example has \d+ tokens, the context 64: it will be cut; shorten/,
    ),
  ]);
  const allowed = await checkData(path, { tokenizer, encode: { allowSpecialText: true } });
  expect(allowed.ok).toBe(true);
});

test('checkData() with a tokenizer reports what cannot be encoded, without repeating the place', async () => {
  const path = await put('boundary.jsonl', [{ prompt: 'Hel', completion: 'lo Anna,' }]);
  const check = await checkData(path, { tokenizer });
  expect(check.faults.byKind).toEqual({ 'not-encodable': 1 });
  expect(short(describeFault(check.faults.listed[0] ?? expect.fail('no fault')))).toMatch(
    /^boundary\.jsonl:1: Cannot encode the example: the token .* spans the boundary.*; move white space/,
  );
});

test('checkData() never stops at a file that cannot be read or told', async () => {
  const paths = [
    join(directory, 'absent.jsonl'),
    await put('odd.jsonl', [{ a: 1 }]),
    await put('c.jsonl', [{ text: 'a' }]),
  ];
  const check = await checkData(paths, { purpose: 'sft' });
  expect(check).toMatchObject({ ok: false, format: 'text', rows: 2, examples: 1 });
  expect(check.faults.byKind).toEqual({ unreadable: 1, 'unknown-format': 1 });
});

test('checkData() refuses data for a purpose that they cannot serve, once', async () => {
  const path = await put('sft.jsonl', [{ text: 'a' }, { text: 'b' }]);
  const check = await checkData(path, { purpose: 'preference' });
  expect(check.faults.listed.map(describeFault).map(short)).toEqual([
    "sft.jsonl: Rows are {text}, which cannot serve the purpose 'preference'; give data for it, or train for: sft",
  ]);
});

test('dataStats() tells kinds, roles, turns and lengths in characters and tokens', async () => {
  const path = await put('stats.jsonl', [
    { prompt: [user('abc')], chosen: [assistant('ab')], rejected: [assistant('a')] },
    { prompt: [user('abcde')], chosen: [assistant('abcd')], rejected: [assistant('x')] },
    { prompt: [user('abcde')], chosen: [assistant('abcd')] },
  ]);
  const stats = await dataStats(path, { tokenizer });
  expect(stats).toMatchObject({
    format: 'preference',
    rows: 3,
    examples: 2,
    faults: 1,
    kinds: { preference: 2 },
    roles: { user: 2, assistant: 4 },
    turns: { count: 2, min: 2, max: 2 },
    characters: { prompt: { total: 8, mean: 4, min: 3, p50: 3, p90: 5, max: 5 }, rejected: { max: 1 } },
  });
  expect(stats.trainedTokens).toBe(
    (stats.tokens?.['chosen trained']?.total ?? 0) + (stats.tokens?.['rejected trained']?.total ?? 0),
  );
  expect(stats.tokens?.prompt?.count).toBe(2);
});

test('dataStats() tells the share of liked answers', async () => {
  const rows = [true, false, true, true].map((label) => ({ prompt: 'Q', completion: `A ${label}`, label }));
  expect(await dataStats(await put('liked.jsonl', rows))).toMatchObject({
    liked: 0.75,
    kinds: { unpaired: 4 },
  });
});

test('previewExample() marks the answer of each side as trained', async () => {
  const [pair] = await loadExamples(
    await put('pair.jsonl', [
      { prompt: [user('Where?')], chosen: [assistant('Here.')], rejected: [assistant('No.')] },
    ]),
  );
  const sides = await previewExample(tokenizer, pair ?? expect.fail('no example'));
  expect(sides.map((side) => side.name)).toEqual(['chosen', 'rejected']);
  const prompt = '<|bos|><|im_start|>user\nWhere?<|im_end|>\n<|im_start|>assistant\n';
  expect(sides[0]?.segments[0]).toEqual({ text: prompt, trained: false });
  expect(sides[0]?.segments[1]?.trained).toBe(true);
  expect(sides[0]?.segments[1]?.text).toMatch(/^Here\.<\|im_end\|>/);
  expect(sides[1]?.segments[1]?.text).toMatch(/^No\./);
  expect(sides[0]?.segments.length).toBe(2);
});

test('previewExample() shows plain text with its end', async () => {
  const origin = { file: 'f', line: 1 };
  const [side] = await previewExample(tokenizer, {
    kind: 'completion',
    prompt: 'Where?',
    completion: ' Here.',
    origin,
  });
  expect(side?.segments).toEqual([
    { text: '<|bos|>Where?', trained: false },
    { text: ' Here.<|im_end|>', trained: true },
  ]);
  expect(side?.trainedTokens).toBeLessThan(side?.tokens ?? 0);
});

test('findLeaks() names the lines on both sides of exact and nearly equal prompts', () => {
  const example = (file: string, line: number, prompt: string) =>
    ({ kind: 'preference', prompt, chosen: 'A', rejected: 'B', origin: { file, line } }) as const;
  const train = [
    example('t', 1, 'Where is it?'),
    example('t', 2, 'What is 2+2?'),
    example('t', 3, 'Where is it?'),
  ];
  const held = [
    example('e', 1, 'Where is it?'),
    example('e', 2, ' where  IS it'),
    example('e', 3, 'What is 2-2?'),
  ];
  const leaks = findLeaks(train, held);
  expect(leaks.map(describeLeak)).toEqual([
    'e:1 has the prompt of t:1 (and 1 more): "Where is it?"',
    'e:2 has nearly the prompt of t:1 (and 1 more): " where  IS it"',
  ]);
});

test('SeenRows.add() remembers where each of many rows was first seen', () => {
  const seen = new SeenRows();
  for (let line = 1; line <= 20_000; line++)
    expect(seen.add(`row ${line}`, { file: 'a', line })).toBeUndefined();
  expect(seen.add('row 17', { file: 'b', line: 1 })).toEqual({ file: 'a', line: 17 });
  expect(seen.add('new', { file: 'b', line: 2, unit: 'record' })).toBeUndefined();
  expect(seen.add('new', { file: 'b', line: 9 })).toMatchObject({ file: 'b', line: 2 });
});

test('Distribution.summary() gives percentiles by nearest rank', () => {
  const distribution = new Distribution();
  expect(distribution.summary()).toMatchObject({ count: 0, mean: 0, p50: 0, max: 0 });
  for (let value = 1; value <= 200; value++) distribution.add(value);
  expect(distribution.summary()).toEqual({
    count: 200,
    total: 20100,
    mean: 100.5,
    min: 1,
    p50: 100,
    p90: 180,
    p95: 190,
    p99: 198,
    max: 200,
  });
});

const shared = join(import.meta.dirname, '../../../../shared/data');

test.skipIf(!existsSync(shared))(
  'checkData() finds the shared demonstration data sound (only where they are)',
  async () => {
    const formats = [];
    for (const name of ['dpo_en_demo', 'alpaca_en_demo', 'kto_en_demo']) {
      const check = await checkData(join(shared, `${name}.json`));
      formats.push([check.format, check.examples, check.faults.total]);
    }
    expect(formats).toEqual([
      ['sharegpt-preference', 300, 0],
      ['alpaca', 999, 0],
      ['unpaired', 300, 0],
    ]);
  },
);
