// Published rows as the reference DPO trainer reads them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { htmlText } from './html-text.ts';
import { type PreferenceSetName, readPreferenceSet } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'hone-preference-sets-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function read(name: PreferenceSetName, rows: readonly unknown[], part: 'train' | 'test' = 'train') {
  const file = join(directory, `${name}.jsonl`);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return readPreferenceSet(name, { files: [file], part });
}

test("readPreferenceSet('hh') takes the prompt up to the last answer, and one record a prompt", async () => {
  const start = '\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Tea?\n\nAssistant:';
  const { records, omitted } = await read('hh', [
    { chosen: `${start} Yes.`, rejected: `${start} No.` },
    { chosen: `${start} Please.`, rejected: `${start} Never.` },
    { chosen: `${start} Same`, rejected: `${start} Same` },
  ]);
  expect(records).toEqual([
    {
      prompt: start,
      responses: [' Yes.', ' No.', ' Please.', ' Never.', ' Same', ' Same'],
      pairs: [
        [0, 1],
        [2, 3],
      ],
      sft_target: ' Same',
    },
  ]);
  expect(omitted).toEqual({ pairs: 1, targets: 0 });
  await expect(read('hh', [{ chosen: 'Yes', rejected: 'No' }])).rejects.toThrow(/hh.jsonl:1: .*no turn/);
});

test("readPreferenceSet('shp') keeps pairs whose scores differ by two, and the best scored answer as target", async () => {
  const row = (score_A: number, score_B: number, labels: number, n: number) => ({
    history: 'Why?',
    human_ref_A: `a${n}`,
    human_ref_B: `b${n}`,
    score_A,
    score_B,
    labels,
  });
  const { records } = await read('shp', [row(10, 5, 1, 1), row(3, 2, 1, 2), row(4, 12, 0, 3)]);
  expect(records).toEqual([
    {
      prompt: '\n\nHuman: Why?\n\nAssistant:',
      responses: [' a1', ' b1', ' a3', ' b3'],
      pairs: [
        [0, 1],
        [3, 2],
      ],
      sft_target: ' b3',
    },
  ]);
});

test("readPreferenceSet('se') pairs all answers by score, and draws one percent for testing", async () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({
    question: `<p>Question ${i}</p>`,
    answers: [
      { text: '<p>one</p>', pm_score: 1 },
      { text: '<p>five</p>', pm_score: 5 },
      { text: '<p>also five</p>', pm_score: 5 },
    ],
  }));
  const { records: train } = await read('se', rows);
  const { records: test } = await read('se', rows, 'test');
  expect([train.length, test.length]).toEqual([198, 2]);
  expect(new Set([...train, ...test].map(({ prompt }) => prompt)).size).toBe(200);
  expect(train[0]).toMatchObject({
    responses: [' one', ' five', ' also five'],
    pairs: [
      [1, 0],
      [2, 0],
      [2, 1],
    ],
    sft_target: ' five',
  });
});

test("readPreferenceSet('novalto') takes records and pairs, and names the row of a fault", async () => {
  const { records } = await read('novalto', [
    { prompt: 'P', responses: ['a', 'b', 'c'], pairs: [[2, 0]], sft_target: 'c' },
    { prompt: 'Q', chosen: 'yes', rejected: 'no' },
    { prompt: 'P', responses: ['d', 'e'], pairs: [[0, 1]], sft_target: 'd' },
  ]);
  expect(records).toEqual([
    {
      prompt: 'P',
      responses: ['a', 'b', 'c', 'd', 'e'],
      pairs: [
        [2, 0],
        [3, 4],
      ],
      sft_target: 'd',
    },
    { prompt: 'Q', responses: ['yes', 'no'], pairs: [[0, 1]], sft_target: 'yes' },
  ]);
  const wrong = { prompt: 'P', responses: ['a', 'b'], pairs: [[0, 2]], sft_target: 'a' };
  await expect(read('novalto', [wrong])).rejects.toThrow(/\[0,2\] in 'pairs' is not two different indices/);
  await expect(read('novalto', [{ ...wrong, pairs: [[0, 1]], sft_target: 'z' }])).rejects.toThrow(
    /none of the responses/,
  );
});

test('htmlText() keeps paragraphs without what is marked up in them, and code', () => {
  const html =
    '<p>Use <b>this</b> if a &lt; b:</p>\n<pre class="x"><code>if (a &amp;&amp; b) <span>{</span>}\n</code></pre>\n' +
    '<ul><li>gone</li></ul><p>Done&#33; <!-- no --><br>Really &unknown;</p>';
  expect(htmlText(html)).toBe('Use  if a < b:\n\n<code>if (a && b) {}\n</code>\n\nDone! Really &unknown;');
  expect(htmlText('plain')).toBe('');
  expect(htmlText('<blockquote><p>quoted</p></blockquote><code>x</code>')).toBe('<code>x</code>');
});
