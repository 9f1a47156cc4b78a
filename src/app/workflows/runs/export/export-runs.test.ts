// Exports in every format, read back.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStores } from '../../../stores.ts';
import type { RunSource } from '../run-source.ts';
import { storeSource } from '../store-source.ts';
import { type ExportRequest, exportRuns } from './export-runs.ts';

let directory: string;
let source: RunSource;
const nasty = 'a "b",\nc';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hone-export-test-'));
  const stores = await openStores({ data: directory });
  source = storeSource(stores);
  const { experiments, runs, log } = stores.tracking;
  const experimentId = await experiments.create({ name: 'a' });
  const make = async (name: string, startTime: number, loss: number) => {
    const { info } = await runs.create({ experimentId, name, startTime });
    const metrics = [
      { key: 'loss', value: 9, step: 0, timestamp: 5 },
      { key: 'loss', value: loss, step: 1, timestamp: 6 },
    ];
    await log.batch(info.runId, { metrics, params: [{ key: `only ${name}`, value: nasty }] });
  };
  await make('first', 1, 0.25);
  await make('second', 2, 0.25);
  await make('third', 3, Number.NaN);
  await make('fourth', 4, 0.5);
});
afterAll(async () => {
  await source.close();
  await rm(directory, { recursive: true, force: true });
});

const oldestFirst = ['attributes.start_time ASC'];

async function textOf(request: ExportRequest): Promise<string> {
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  await exportRuns(source, { orderBy: oldestFirst, ...request }, { write });
  return text;
}

test('CSV has a column for every key that any run has, and quotes what needs it', async () => {
  const rows = parse(await textOf({ format: 'csv' }), { columns: true });
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatchObject({
    name: 'first',
    experiment: 'a',
    start_time: '1970-01-01T00:00:00.001Z',
    'metrics.loss': '0.25',
    'params.only first': nasty,
    'params.only second': '',
  });
  expect(rows[2]).toMatchObject({ 'metrics.loss': 'NaN' });
});

test('JSON streams records, with histories where asked', async () => {
  expect(JSON.parse(await textOf({ format: 'json', filter: "params.`only first` = 'none'" }))).toEqual([]);
  const records = JSON.parse(await textOf({ format: 'json', withHistory: true }));
  expect(records.map(({ name }: { name: string }) => name)).toEqual(['first', 'second', 'third', 'fourth']);
  expect(records[2].history.loss).toEqual([
    [0, '1970-01-01T00:00:00.005Z', 9],
    [1, '1970-01-01T00:00:00.006Z', 'NaN'],
  ]);
});

test('histories as CSV have a row for each value', async () => {
  const rows = parse(await textOf({ format: 'csv', withHistory: true }), { columns: true });
  expect(rows).toHaveLength(8);
  expect(rows[1]).toMatchObject({ name: 'first', metric: 'loss', step: '1', value: '0.25' });
});

test.each([false, true])('Parquet reads back (histories: %s)', async (withHistory) => {
  const file = join(directory, `runs-${withHistory}.parquet`);
  const count = await exportRuns(source, { format: 'parquet', withHistory, orderBy: oldestFirst }, { file });
  expect(count).toBe(4);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
  if (withHistory)
    expect(rows[1]).toMatchObject({ metric: 'loss', step: 1n, value: 0.25, time: new Date(6) });
  else {
    expect(rows[0]).toMatchObject({
      'metrics.loss': 0.25,
      'params.only first': nasty,
      start_time: new Date(1),
    });
    expect(rows[0]).toMatchObject({ end_time: null, 'params.only second': null });
    expect(rows[2]).toMatchObject({ 'metrics.loss': Number.NaN });
  }
});

test('Parquet of no runs is a file without rows', async () => {
  const file = join(directory, 'none.parquet');
  await exportRuns(source, { format: 'parquet', filter: 'metrics.loss > 100' }, { file });
  expect(await parquetReadObjects({ file: await asyncBufferFromFile(file) })).toEqual([]);
});

test('the report names the best run by metric, ranks with shared ranks, and lists all runs', async () => {
  const file = join(directory, 'report.md');
  await exportRuns(source, { format: 'md', experiments: ['a'], orderBy: oldestFirst }, { file });
  const report = await readFile(file, 'utf8');
  expect(report).toMatch(/^# Experiment a\n\n4 runs: 4 running\.\n/);
  expect(report).toMatch(/\| loss \| lowest \| 0\.25 \| first \| \w{32} \| 3 \|/);
  const leaders = report.slice(report.indexOf('## Leaderboard'), report.indexOf('## All runs'));
  expect(leaders).toContain('by loss, lowest first');
  expect([...leaders.matchAll(/^\| (\d) \| [\d.]+ \| (\w+)/gm)].map(([, rank, run]) => [rank, run])).toEqual([
    ['1', 'first'],
    ['1', 'second'],
    ['3', 'fourth'],
  ]);
  expect(
    report.slice(report.indexOf('## All runs')).match(/^\| (first|second|third|fourth) /gm),
  ).toHaveLength(4);
});

test('a format that cannot go there is refused, and no temporary file stays', async () => {
  const write = () => undefined;
  await expect(exportRuns(source, { format: 'parquet' }, { write })).rejects.toThrow('--output');
  await expect(exportRuns(source, { format: 'md', withHistory: true }, { write })).rejects.toThrow(
    'histories',
  );
  await expect(
    exportRuns(source, { format: 'csv', filter: 'metrics.loss <' }, { file: join(directory, 'x.csv') }),
  ).rejects.toThrow('loss');
  expect(await readdir(directory)).not.toContain('x.csv');
});
