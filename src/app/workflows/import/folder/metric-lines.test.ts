// Lines of metrics as MLflow wrote them over the years.
import { expect, test } from 'vitest';
import { metricLines, pythonFloat } from './metric-lines.ts';

async function read(...pieces: readonly string[]) {
  const told: string[] = [];
  async function* bytes() {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  const found = [];
  const tell = ({ where, reason }: { readonly where?: string | undefined; readonly reason: string }) =>
    void told.push(`${where}: ${reason}`);
  for await (const batch of metricLines(bytes(), { path: 'f', tell })) found.push(...batch);
  return { found, told };
}

test('metricLines() reads two to seven fields, over the borders of pieces, without an end of the last line', async () => {
  const { found, told } = await read('1 2.5\n2 n', 'an 3\r\n\n3 -inf -4 my data', ' 1a2b');
  expect(found).toEqual([
    { timestamp: 1, value: 2.5, step: 0, rest: [] },
    { timestamp: 2, value: Number.NaN, step: 3, rest: [] },
    { timestamp: 3, value: Number.NEGATIVE_INFINITY, step: -4, rest: ['my', 'data', '1a2b'] },
  ]);
  expect(told).toEqual([]);
});

test('metricLines() tells the first line that is none, and how many follow', async () => {
  const { found, told } = await read(`1 1 1\n${'x'.repeat(1e6)}\n1 0x5 1\n1.5 1 1\n2 2 2\n`);
  expect(found.map(({ step }) => step)).toEqual([1, 2]);
  expect(told).toEqual(["f:2: the line is no 'timestamp value step', and 2 lines after it are none either"]);
});

test.each([
  ['1', 1],
  ['-1e-07', -1e-7],
  ['1.', 1],
  ['.5', 0.5],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-nan', Number.NaN],
  ['', undefined],
  ['0x1', undefined],
  ['1_000', undefined],
])('pythonFloat(%j) is %j', (text, value) => {
  expect(pythonFloat(text)).toEqual(value);
});
