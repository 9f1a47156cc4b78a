// Evaluation datasets on both databases: records merge by their inputs, searches page, experiments are bound.
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../../testing/databases.ts';
import { openTracking, trackingMigration } from '../index.ts';
import { evaluationDatasetsMigration, openEvaluationDatasets, readRecords } from './index.ts';

await describeDatabases([trackingMigration, evaluationDatasetsMigration], (open) => {
  test('DatasetRecords.upsert merges records of equal inputs and keeps schema, profile and digest', async () => {
    const { datasets } = await start(open);
    const { datasetId, digest, profile } = await datasets.create({
      name: 'd',
      tags: { 'mlflow.user': 'ann' },
    });
    expect(profile).toBeUndefined();
    const upsert = (records: unknown) =>
      datasets.records.upsert(datasetId, readRecords(JSON.stringify(records)));
    expect(
      await upsert([
        {
          inputs: { q: 'one', n: 1.5 },
          expectations: { a: 1 },
          source: { source_type: 'human' },
          tags: { t: '1' },
        },
        {
          inputs: { q: 'two', z: null },
          outputs: { o: [true] },
          source: { source_type: 'TRACE', source_data: { trace_id: 'tr-1' } },
        },
      ]),
    ).toEqual({ inserted: 2, updated: 0 });
    expect(
      await upsert([
        {
          inputs: { n: 1.5, q: 'one' },
          outputs: null,
          expectations: { b: 'x' },
          tags: { 'mlflow.user': 'bob' },
        },
      ]),
    ).toEqual({
      inserted: 0,
      updated: 1,
    });
    const { items } = await datasets.records.page(datasetId);
    expect(
      items.map(({ outputs, expectations, tags, sourceId, sourceType }) => [
        outputs,
        expectations,
        tags,
        sourceId,
        sourceType,
      ]),
    ).toEqual([
      [undefined, '{"a": 1, "b": "x"}', '{"t": "1", "mlflow.user": "bob"}', undefined, 'HUMAN'],
      ['{"o": [true]}', undefined, '{}', 'tr-1', 'TRACE'],
    ]);
    const dataset = await datasets.get(datasetId);
    expect(dataset).toMatchObject({ profile: '{"num_records": 2}', createdBy: 'ann', updatedBy: 'bob' });
    expect(dataset.schema).toBe(
      '{"inputs": {"q": "string", "n": "float", "z": "null"}, "outputs": {"o": "array"}, "expectations": {"a": "integer", "b": "string"}, "version": "1.0"}',
    );
    expect(dataset.digest).not.toBe(digest);
  });

  test('records keep the spelling of numbers', async () => {
    const { datasets } = await start(open);
    const { datasetId } = await datasets.create({ name: 'd' });
    await datasets.records.upsert(datasetId, readRecords('[{"inputs": {"x": 1.0}}, {"inputs": {"x": 1}}]'));
    expect((await datasets.records.page(datasetId)).items.map(({ inputs }) => inputs)).toEqual([
      '{"x": 1.0}',
      '{"x": 1}',
    ]);
  });

  test('readRecords refuses what is no list of records', () => {
    expect(() => readRecords('{}')).toThrow('they are no JSON list');
    expect(() => readRecords('[{"inputs": 1}]')).toThrow(
      'Cannot read records[0].inputs: it is no JSON object',
    );
    expect(() => readRecords('[{"source": {"source_type": "x"}}]')).toThrow(
      'Invalid dataset record source type: X.',
    );
  });

  test('DatasetRecords pages records and deletes them', async () => {
    const { datasets } = await start(open);
    const { datasetId } = await datasets.create({ name: 'd' });
    await datasets.records.upsert(
      datasetId,
      readRecords(JSON.stringify([1, 2, 3].map((x) => ({ inputs: { x } })))),
    );
    const first = await datasets.records.page(datasetId, { maxResults: 2 });
    const second = await datasets.records.page(datasetId, { maxResults: 2, pageToken: first.nextPageToken });
    expect([...first.items, ...second.items].map(({ inputs }) => inputs)).toEqual([
      '{"x": 1}',
      '{"x": 2}',
      '{"x": 3}',
    ]);
    expect(second.nextPageToken).toBeUndefined();
    expect(
      await datasets.records.delete(
        datasetId,
        first.items.map(({ recordId }) => recordId),
      ),
    ).toBe(2);
    expect(await datasets.records.delete(datasetId, ['dr-none'])).toBe(0);
    expect((await datasets.get(datasetId)).profile).toBe('{"num_records": 1}');
  });

  test('EvaluationDatasets.search filters, orders and pages', async () => {
    const { datasets } = await start(open);
    for (const name of ['a', 'b', 'c'])
      await datasets.create({ name, tags: { t: name }, experimentIds: name === 'c' ? [] : ['0'] });
    const names = async (query: Parameters<typeof datasets.search>[0]) =>
      (await datasets.search(query)).items.map(({ name }) => name);
    expect(await names({ orderBy: ['name ASC'] })).toEqual(['a', 'b', 'c']);
    expect(await names({ filter: "tags.t = 'b' OR name LIKE 'c%'", orderBy: ['name DESC'] })).toEqual([
      'c',
      'b',
    ]);
    expect(await names({ experimentIds: ['0'], filter: 'created_time > 0', orderBy: ['name'] })).toEqual([
      'a',
      'b',
    ]);
    const page = await datasets.search({ maxResults: 2, orderBy: ['name'] });
    expect(await names({ maxResults: 2, orderBy: ['name'], pageToken: page.nextPageToken })).toEqual(['c']);
    await expect(names({ filter: "bogus = 'x'" })).rejects.toThrow(
      "Invalid attribute key 'bogus' specified. Valid keys are: {'created_by'",
    );
    await expect(names({ filter: "params.x = 'x'" })).rejects.toThrow(
      "Invalid identifier token 'params' specified",
    );
    await expect(names({ maxResults: 0 })).rejects.toThrow('It must be a positive integer');
  });

  test('datasets are tagged, bound to experiments and deleted', async () => {
    const { datasets } = await start(open);
    const { datasetId } = await datasets.create({ name: 'd', tags: { a: '1' } });
    await datasets.setTags(datasetId, { a: '2', b: '3' });
    await datasets.deleteTag(datasetId, 'b');
    await datasets.deleteTag(datasetId, 'b');
    expect((await datasets.get(datasetId)).tags).toEqual({ a: '2' });
    await datasets.addToExperiments(datasetId, ['0', '0']);
    expect(await datasets.experimentIds(datasetId)).toEqual(['0']);
    await expect(datasets.addToExperiments(datasetId, ['98765'])).rejects.toThrow(
      'No Experiment with id=98765',
    );
    await datasets.removeFromExperiments(datasetId, ['0', '1']);
    expect(await datasets.experimentIds(datasetId)).toEqual([]);
    await datasets.delete(datasetId);
    await datasets.delete(datasetId);
    await expect(datasets.get(datasetId)).rejects.toThrow(
      `Evaluation dataset with id '${datasetId}' not found`,
    );
    await expect(datasets.setTags(datasetId, {})).rejects.toThrow(
      `Could not find evaluation dataset with ID ${datasetId}`,
    );
  });
});

async function start(open: OpenDatabase) {
  const database = await open();
  await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
  return { datasets: openEvaluationDatasets(database) };
}
