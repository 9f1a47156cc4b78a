// Data files as inputs of a run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError, sha256 } from '../../core/index.ts';
import { datasetSource } from './dataset-source.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hone-dataset-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): string {
  mkdirSync(join(directory, name, '..'), { recursive: true });
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

test('datasetSource() describes a file as MLflow does', async () => {
  const file = write('pairs.v2.jsonl', '{"prompt":"a"}\n');
  const columns = [{ type: 'string', name: 'prompt', required: true }] as const;
  expect(await datasetSource(file, { rows: 1, columns, statistics: { tokens: 9 } })).toEqual({
    name: 'pairs.v2',
    digest: sha256('{"prompt":"a"}\n').slice(0, 32),
    sourceType: 'local',
    source: JSON.stringify({ uri: file }),
    schema: '{"mlflow_colspec":[{"type":"string","name":"prompt","required":true}]}',
    profile: '{"num_rows":1,"num_elements":1,"size_in_bytes":15,"tokens":9}',
  });
});

test('datasetSource() takes several files for one dataset: what is in them in their order, not where they lie', async () => {
  const one = [write('data/a.jsonl', '1'), write('data/more/b.jsonl', '2')];
  const other = [write('c.jsonl', '1'), write('d.jsonl', '2')];
  const described = await datasetSource(one);
  expect(described).toMatchObject({ name: 'data', profile: '{"size_in_bytes":2}' });
  expect(JSON.parse(described.source)).toEqual({
    uri: join(directory, 'data'),
    files: ['a.jsonl', 'more/b.jsonl'],
  });
  expect(described).not.toHaveProperty('schema');
  expect(await datasetSource(other)).toMatchObject({ name: basename(directory), digest: described.digest });
  expect((await datasetSource(other.toReversed())).digest).not.toBe(described.digest);
  expect(described.digest).toHaveLength(32);
});

test("datasetSource() keeps to MLflow's limits", async () => {
  const file = write('a.csv', '');
  const columns = Array.from({ length: 20_000 }, (_, i) => ({
    type: 'string' as const,
    name: `column with a rather long name ${i}`,
    required: true,
  }));
  expect(await datasetSource(file, { columns })).not.toHaveProperty('schema');
  await expect(datasetSource(file, { name: 'x'.repeat(501) })).rejects.toThrow('its name has 501 characters');
  const many = Array.from({ length: 400 }, () => write(`${'d'.repeat(180)}/e.csv`, ''));
  expect(JSON.parse((await datasetSource([file, ...many])).source)).toEqual({ uri: directory });
});

test('datasetSource() refuses no file, a missing one, and a directory', async () => {
  await expect(datasetSource([])).rejects.toThrow(InputError);
  await expect(datasetSource(join(directory, 'none'))).rejects.toThrow(/there is no such file/);
  await expect(datasetSource(directory)).rejects.toThrow(/it is a directory, not a file/);
});
