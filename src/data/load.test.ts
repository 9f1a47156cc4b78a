import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError, InputErrors } from '../core/index.ts';
import { trainTokenizer } from '../text/index.ts';
import { type Example, encodeExample, loadExamples, readExamples, splitExamples } from './index.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-load-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function put(name: string, rows: readonly unknown[]): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const pairs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ prompt: `Q ${index}`, chosen: 'A', rejected: 'B' }));

async function failure(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => expect.fail('no error'),
    (error: unknown) => (error instanceof Error ? error : expect.fail('no error')),
  );
}

test('loadExamples() reads several files, each in its own format', async () => {
  const paths = [
    await put('a.jsonl', [{ text: 'T' }]),
    await put('b.jsonl', [{ instruction: 'I', output: 'O' }]),
  ];
  const examples = await loadExamples(paths, { purpose: 'sft' });
  expect(examples.map(({ kind, origin }) => [kind, origin])).toEqual([
    ['text', { file: paths[0], line: 1 }],
    ['completion', { file: paths[1], line: 1 }],
  ]);
});

test('loadExamples() takes no more than the limit', async () => {
  const path = await put('many.jsonl', pairs(120));
  for (const limit of [1, 50, 51, 119]) expect((await loadExamples(path, { limit })).length).toBe(limit);
  expect((await loadExamples(path, { limit: 500 })).length).toBe(120);
});

test('loadExamples() refuses the whole set with all its faults', async () => {
  const path = await put('bad.jsonl', [...pairs(60), { prompt: 'Q', chosen: 'A' }, {}, ...pairs(1)]);
  const error = await failure(loadExamples(path));
  expect(error).toBeInstanceOf(InputErrors);
  expect(error.message).toBe(
    [
      `Cannot use '${path}': 2 faults`,
      `  - ${path}:61: Row has no 'rejected'; add 'rejected' or delete the row`,
      `  - ${path}:62: Row has no 'chosen'; add 'chosen' or delete the row`,
    ].join('\n'),
  );
});

test('loadExamples() lists the first faults and says how many there are', async () => {
  const path = await put('worse.jsonl', [
    ...pairs(60),
    ...Array.from({ length: 40 }, () => ({ prompt: 'Q' })),
  ]);
  const error = await failure(loadExamples(path, { maxFaults: 2 }));
  expect(error.message).toContain(`Cannot use '${path}': 40 faults, of which 2 are listed\n`);
  expect(error instanceof InputErrors && error.faults.length).toBe(2);
});

test('loadExamples() refuses data that serve another purpose, and disliked answers alone for imitation', async () => {
  const text = await put('text.jsonl', [{ text: 'T' }]);
  await expect(loadExamples(text, { purpose: 'preference' })).rejects.toThrow(
    "Rows are {text}, which cannot serve the purpose 'preference'",
  );
  const disliked = await put('disliked.jsonl', [{ prompt: 'Q', completion: 'A', label: false }]);
  await expect(loadExamples(disliked, { purpose: 'sft' })).rejects.toThrow("no row serves the purpose 'sft'");
});

test('readExamples() throws the first fault with its line', async () => {
  const path = await put('first.jsonl', [...pairs(2), { prompt: 'Q', chosen: 'A', rejected: 'A' }]);
  const rows: Example[] = [];
  const error = await failure(
    (async () => {
      for await (const example of readExamples(path)) rows.push(example);
    })(),
  );
  expect(error).toBeInstanceOf(InputError);
  expect(error.message).toMatch(/first\.jsonl:3: 'chosen' and 'rejected' are identical; nothing/);
  expect(rows.length).toBe(2);
});

test('encodeExample() encodes each kind and names the line of what it refuses', async () => {
  const tokenizer = await trainTokenizer(['where is my lamp?', 'here it is'], { vocabSize: 300 });
  const origin = { file: 'f.jsonl', line: 7 };
  const prompt = [{ role: 'user', content: 'where?' }];
  const completion = [{ role: 'assistant', content: 'here' }];
  const pair = await encodeExample(tokenizer, {
    kind: 'preference',
    prompt: 'a',
    chosen: ' b',
    rejected: ' c',
    origin,
  });
  expect(pair.kind === 'pair' && pair.chosen.promptLength).toBe(2);
  const chat = await encodeExample(tokenizer, { kind: 'chat', messages: [...prompt, ...completion], origin });
  const single = await encodeExample(tokenizer, { kind: 'completion', prompt, completion, origin });
  expect(chat.kind === 'sequence' && chat.sequence.ids).toEqual(
    single.kind === 'sequence' && single.sequence.ids,
  );
  const labelled = await encodeExample(tokenizer, {
    kind: 'unpaired',
    prompt,
    completion,
    label: false,
    origin,
  });
  expect(labelled).toMatchObject({ kind: 'sequence', label: false });
  const text = await encodeExample(tokenizer, { kind: 'text', text: 'where', origin });
  expect(text.kind === 'sequence' && text.sequence.ids.at(-1)).toBe(tokenizer.eosTokenId);
  await expect(encodeExample(tokenizer, { kind: 'text', text: 'a <|im_end|>', origin })).rejects.toThrow(
    /^f\.jsonl:7: /,
  );
  const record = { ...origin, unit: 'record' } as const;
  await expect(encodeExample(tokenizer, { kind: 'text', text: '<|pad|>', origin: record })).rejects.toThrow(
    /^f\.jsonl: record 7: /,
  );
});

const example = (prompt: string, line: number): Example => ({
  kind: 'completion',
  prompt,
  completion: 'A',
  origin: { file: 'f', line },
});

test('splitExamples() never divides a prompt, whatever its case and punctuation', () => {
  const spell = [
    (text: string) => text,
    (text: string) => `${text.toUpperCase()}!`,
    (text: string) => ` ${text} `,
  ];
  const examples = Array.from({ length: 300 }, (_, line) =>
    example(spell[line % 3]?.(`q ${Math.floor(line / 3)}`) ?? '', line),
  );
  const split = splitExamples(examples, { evalFraction: 0.1, seed: 5 });
  expect(split.eval.length).toBe(30);
  const words = (part: readonly Example[]) =>
    new Set(part.map((one) => (one.kind === 'completion' ? String(one.prompt).match(/\d+/)?.[0] : '')));
  expect([...words(split.eval)].filter((word) => words(split.train).has(word))).toEqual([]);
  expect([...split.train, ...split.eval].length).toBe(300);
});

test('splitExamples() depends on the seed, not on the order of the data', () => {
  const examples = Array.from({ length: 100 }, (_, line) => example(`q ${line}`, line));
  const lines = (given: readonly Example[], seed: number) =>
    splitExamples(given, { evalCount: 10, seed })
      .eval.map(({ origin }) => origin.line)
      .sort((a, b) => a - b);
  expect(lines(examples, 1).length).toBe(10);
  expect(lines(examples.toReversed(), 1)).toEqual(lines(examples, 1));
  expect(lines(examples, 2)).not.toEqual(lines(examples, 1));
});

test('splitExamples() refuses sizes that leave a part empty', () => {
  const examples = [example('a', 1), example('A.', 2)];
  expect(() => splitExamples(examples, { evalCount: 1, seed: 0 })).toThrow(
    'Cannot hold out 1 of 2 examples: they have 1 different prompts, and a prompt is not divided',
  );
  expect(() => splitExamples(examples, { evalCount: 2, seed: 0 })).toThrow(InputError);
  expect(() => splitExamples(examples, { evalFraction: 1, seed: 0 })).toThrow(/current value is 1$/);
  expect(() => splitExamples(examples, { seed: 0 })).toThrow("name either 'evalFraction' or 'evalCount'");
});
