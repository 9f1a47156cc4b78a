// Logged models on both databases: made, described, measured by runs, found, deleted.
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../../testing/databases.ts';
import { trackingMigration } from '../migration.ts';
import { openTracking } from '../tracking.ts';
import { type LoggedModelQuery, loggedModelsMigration } from './index.ts';

await describeDatabases([trackingMigration, loggedModelsMigration], (open) => {
  test('LoggedModels.create makes a pending model beside the runs of its experiment', async () => {
    const { loggedModels } = await start(open);
    const params = [
      { key: 'lr', value: '0.1' },
      { key: 'depth', value: '3' },
    ];
    const tags = [
      { key: 't', value: '1' },
      { key: 't', value: '2' },
    ];
    const model = await loggedModels.create({
      experimentId: '0',
      name: 'net',
      modelType: 'agent',
      params,
      tags,
    });
    expect(model.modelId).toMatch(/^m-[0-9a-f]{32}$/);
    expect(model).toMatchObject({
      experimentId: '0',
      name: 'net',
      artifactUri: `mlflow-artifacts:/0/models/${model.modelId}/artifacts`,
      status: 'PENDING',
      modelType: 'agent',
      sourceRunId: '',
      tags: [{ key: 't', value: '2' }],
      params: [
        { key: 'depth', value: '3' },
        { key: 'lr', value: '0.1' },
      ],
      metrics: [],
    });
    expect(await loggedModels.get(model.modelId)).toEqual(model);
    expect((await loggedModels.create({ experimentId: '0' })).name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
  });

  test('LoggedModels.create refuses names that are no names, and deleted experiments', async () => {
    const { loggedModels, experiments } = await start(open);
    await expect(loggedModels.create({ experimentId: '0', name: "a'b" })).rejects.toThrow(
      `Invalid model name ("a'b") provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
    await expect(loggedModels.create({ experimentId: '9' })).rejects.toThrow(
      'No Experiment with id=9 exists',
    );
    const experimentId = await experiments.create({ name: 'gone' });
    await experiments.delete(experimentId);
    await expect(loggedModels.create({ experimentId })).rejects.toThrow('Current state is deleted.');
  });

  test('LoggedModels.finalize, delete and get tell what has become of a model', async () => {
    const { loggedModels, newModel } = await start(open);
    const modelId = await newModel('a');
    expect((await loggedModels.finalize(modelId, 'READY')).status).toBe('READY');
    await loggedModels.delete(modelId);
    await loggedModels.delete(modelId);
    await expect(loggedModels.get(modelId)).rejects.toThrow(`Logged model with ID '${modelId}' not found.`);
    expect((await loggedModels.get(modelId, { deleted: true })).name).toBe('a');
    await expect(loggedModels.delete('m-0')).rejects.toThrow("Logged model with ID 'm-0' not found.");
  });

  test('LoggedModels keep tags that change and parameters that do not', async () => {
    const { loggedModels, newModel } = await start(open);
    const modelId = await newModel('a');
    await loggedModels.setTags(modelId, [{ key: 'k', value: '1' }]);
    await loggedModels.setTags(modelId, [
      { key: 'k', value: 'x'.repeat(20_000) },
      { key: 'other', value: '' },
    ]);
    await loggedModels.deleteTag(modelId, 'other');
    await expect(loggedModels.deleteTag(modelId, 'other')).rejects.toThrow(
      `No tag with key 'other' found for model with ID '${modelId}'.`,
    );
    await loggedModels.logParams(modelId, [{ key: 'p', value: '1' }]);
    await loggedModels.logParams(modelId, [{ key: 'p', value: '1' }]);
    await expect(
      loggedModels.logParams(modelId, [
        { key: 'new', value: '1' },
        { key: 'p', value: '2' },
      ]),
    ).rejects.toThrow("Param with key='p' was already logged with value='1'");
    expect(await loggedModels.get(modelId)).toMatchObject({
      tags: [{ key: 'k', value: 'x'.repeat(20_000) }],
      params: [{ key: 'p', value: '1' }],
    });
  });

  test('LoggedModels.noteRegistration lists registrations in the tag mlflow.modelVersions', async () => {
    const { loggedModels, newModel } = await start(open);
    const modelId = await newModel('a');
    const tag = async () => (await loggedModels.get(modelId)).tags;
    await loggedModels.noteRegistration(modelId, { name: 'größe', version: 1 });
    await loggedModels.noteRegistration(modelId, { name: 'größe', version: 1 });
    await loggedModels.noteRegistration(modelId, { name: 'b', version: 2 });
    const value = '[{"name": "gr\\u00f6\\u00dfe", "version": 1}, {"name": "b", "version": 2}]';
    expect(await tag()).toEqual([{ key: 'mlflow.modelVersions', value }]);
    await loggedModels.setTags(modelId, [{ key: 'mlflow.modelVersions', value: '7' }]);
    await expect(loggedModels.noteRegistration(modelId, { name: 'b', version: 3 })).rejects.toThrow(
      'delete the tag',
    );
  });

  test('RunLog gives values that name a model to the model too, once', async () => {
    const { loggedModels, log, runs, newModel } = await start(open);
    const modelId = await newModel('a');
    const { runId } = (await runs.create({ experimentId: '0' })).info;
    const at = { timestamp: 5, step: 0 };
    const metrics = [
      { key: 'acc', value: 0.5, ...at, modelId, datasetName: 'iris', datasetDigest: 'd1' },
      { key: 'acc', value: Number.NaN, ...at, modelId },
      { key: 'loss', value: 1, ...at },
    ];
    await log.batch(runId, { metrics });
    await log.batch(runId, { metrics });
    const found = (await loggedModels.get(modelId)).metrics;
    expect(found).toHaveLength(2);
    expect(found).toEqual(
      expect.arrayContaining([
        { ...metrics[0], runId },
        { ...metrics[1], runId },
      ]),
    );
    expect((await runs.get(runId)).metrics.map(({ key }) => key)).toEqual(['acc', 'loss']);
    await expect(log.metric(runId, { key: 'x', value: 1, ...at, modelId: 'm-none' })).rejects.toThrow(
      "Logged model with ID 'm-none' not found.",
    );
    expect((await runs.get(runId)).metrics).toHaveLength(2);
  });

  test('LoggedModelSearch filters by attributes, parameters, tags and metrics', async () => {
    const { find, newModel, loggedModels, measure } = await start(open);
    const [a, b, c] = [await newModel('a'), await newModel('b'), await newModel('c')];
    await loggedModels.finalize(a, 'READY');
    await loggedModels.logParams(a, [{ key: 'lr', value: '0.1' }]);
    await loggedModels.setTags(b, [{ key: 'stage', value: 'x' }]);
    await measure(b, { acc: 0.9 });
    await measure(b, { acc: 0.1 });
    await measure(c, { acc: Number.NaN });
    await loggedModels.delete(await newModel('gone'));
    const cases: readonly [string | undefined, string][] = [
      [undefined, 'cba'],
      ["name = 'a'", 'a'],
      [`model_id IN ('${a}', '${c}')`, 'ca'],
      ["status = 'READY'", 'a'],
      ["status != 'LOGGED_MODEL_READY'", 'cb'],
      ["params.lr = '0.1'", 'a'],
      ['params.lr IS NULL', 'cb'],
      ["tags.stage LIKE 'x%'", 'b'],
      ["params.never = '1'", ''],
      // Any value counts, not the latest alone.
      ['metrics.acc > 0.5', 'b'],
      ['metrics.acc < 0.5', 'b'],
      ['metrics.acc != 7', 'cb'],
      ["name = 'a' OR metrics.acc > 0.5", 'ba'],
      ["NOT name = 'a'", 'cb'],
      ['creation_timestamp > 0 AND last_updated_timestamp >= 0', 'cba'],
      ["source_run_id = ''", 'cba'],
      ["status_message = 'x'", ''],
    ];
    for (const [filter, names] of cases) expect([filter, await find({ filter })]).toEqual([filter, names]);
    expect(await find({ experimentIds: [] })).toBe('');
    expect(await find({ experimentIds: ['0', '5', 'x'] })).toBe('cba');
    await expect(find({ filter: 'nothing' })).rejects.toThrow('Invalid');
  });

  test('LoggedModelSearch looks at values on the datasets that it is given', async () => {
    const { find, newModel, measure } = await start(open);
    const [a, b] = [await newModel('a'), await newModel('b')];
    await newModel('c');
    await measure(a, { acc: 0.9 }, { name: 'iris', digest: 'd1' });
    await measure(a, { acc: 0.2 }, { name: 'wine', digest: 'd1' });
    await measure(b, { acc: 0.3 }, { name: 'iris', digest: 'd2' });
    const iris = [{ name: 'iris' }];
    expect(await find({ datasets: iris })).toBe('ba');
    expect(await find({ datasets: [{ name: 'iris', digest: 'd2' }] })).toBe('b');
    expect(await find({ datasets: [{ name: 'wine' }, { name: 'iris', digest: 'd2' }] })).toBe('ba');
    expect(await find({ datasets: [{ name: 'never' }] })).toBe('');
    expect(await find({ datasets: iris, filter: 'metrics.acc > 0.5' })).toBe('a');
    expect(await find({ datasets: [{ name: 'wine' }], filter: 'metrics.acc > 0.5' })).toBe('');
    await expect(find({ datasets: [{ name: '' }] })).rejects.toThrow(
      '`dataset_name` in the `datasets` clause',
    );
  });

  test('LoggedModelSearch orders by attributes and by latest values, models without one last', async () => {
    const { find, newModel, measure } = await start(open);
    const [a, b, c] = [await newModel('a'), await newModel('b'), await newModel('c')];
    await newModel('d');
    await measure(a, { acc: 0.1 });
    await measure(a, { acc: 0.7 }, { name: 'iris', digest: 'd1' });
    await measure(b, { acc: 0.5 });
    await measure(c, { acc: Number.NaN });
    const by = (field: string, ascending?: boolean) => ({ orderBy: [{ field, ascending }] });
    expect(await find(by('name'))).toBe('abcd');
    expect(await find(by('creation_time', true))).toBe('abcd');
    expect(await find(by('metrics.acc', true))).toBe('bacd');
    expect(await find(by('metrics.acc', false))).toBe('abcd');
    expect(await find({ orderBy: [{ field: 'metrics.acc', dataset: { name: 'iris' } }] })).toBe('adcb');
    expect(await find(by('metrics.never'))).toBe('dcba');
    await expect(find(by('params.lr'))).rejects.toThrow(
      'Invalid order by field name: params.lr. Only metrics are supported.',
    );
    await expect(find(by('nothing'))).rejects.toThrow('Invalid order by field name: nothing');
  });

  test('LoggedModelSearch pages through every model once, and its tokens belong to their search', async () => {
    const { loggedModelSearch, newModel, measure } = await start(open);
    for (const [index, name] of [...'abcdefg'].entries()) {
      const model = await newModel(name);
      if (index % 2 === 0) await measure(model, { acc: index === 2 ? Number.NaN : index % 3 });
    }
    for (const field of ['metrics.acc', 'name', 'creation_timestamp', 'model_type']) {
      const query = { experimentIds: ['0'], orderBy: [{ field, ascending: false }] };
      const all = (await loggedModelSearch.page(query)).items.map(({ modelId }) => modelId);
      const paged: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await loggedModelSearch.page({ ...query, maxResults: 2, pageToken });
        paged.push(...page.items.map(({ modelId }) => modelId));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      expect([field, paged]).toEqual([field, all]);
    }
    const { nextPageToken } = await loggedModelSearch.page({ experimentIds: ['0'], maxResults: 1 });
    await expect(
      loggedModelSearch.page({ experimentIds: ['0'], filter: "name = 'a'", pageToken: nextPageToken }),
    ).rejects.toThrow('it belongs to another filter or order_by');
  });
});

async function start(open: OpenDatabase) {
  const database = await open();
  const tracking = await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
  const { runId } = (await tracking.runs.create({ experimentId: '0' })).info;
  let timestamp = 0;
  return {
    ...tracking,
    newModel: async (name: string) =>
      (await tracking.loggedModels.create({ experimentId: '0', name })).modelId,
    /** The names of what a search finds, joined. */
    find: async (query: Partial<LoggedModelQuery>) => {
      const { items } = await tracking.loggedModelSearch.page({ experimentIds: ['0'], ...query });
      return items.map(({ name }) => name).join('');
    },
    /** Logs values of metrics, each later than the one before. */
    measure: async (
      modelId: string,
      values: Readonly<Record<string, number>>,
      dataset?: { readonly name: string; readonly digest: string },
    ) => {
      timestamp += 1;
      const on = dataset === undefined ? {} : { datasetName: dataset.name, datasetDigest: dataset.digest };
      const metrics = Object.entries(values).map(([key, value]) => ({
        key,
        value,
        timestamp,
        step: 0,
        modelId,
        ...on,
      }));
      await tracking.log.batch(runId, { metrics });
    },
  };
}
