// History from elsewhere: ids, times and deletions as they were, and the same after a second writing.
import { expect, test } from 'vitest';
import { describeDatabases } from '../../testing/databases.ts';
import {
  evaluationDatasetsMigration,
  loggedModelsMigration,
  openRestoration,
  openTracking,
  partBatch,
  purgeMigration,
  tracesMigration,
  trackingMigration,
} from '../index.ts';

const migrations = [
  trackingMigration,
  loggedModelsMigration,
  tracesMigration,
  evaluationDatasetsMigration,
  purgeMigration,
];
const runId = 'a'.repeat(32);
const run = {
  runId,
  name: 'old',
  userId: 'ada',
  status: 'KILLED',
  startTime: 5,
  endTime: 9,
  artifactUri: 's3://b/x',
  lifecycle: 'deleted',
  deletedAt: 77,
} as const;
const experiment = {
  name: 'e',
  lifecycle: 'deleted',
  createdAt: 1,
  updatedAt: 2,
  artifactLocationOf: (id: string) => `mlflow-artifacts:/${id}`,
} as const;

await describeDatabases(migrations, (open) => {
  async function start() {
    const database = await open();
    const tracking = await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
    return { tracking, restoration: openRestoration(database) };
  }

  test('Restoration.experiment() gives the id of that name, Default the 0, and makes what is missing as it was', async () => {
    const { tracking, restoration } = await start();
    expect(await restoration.experiment({ ...experiment, name: 'Default' })).toBe('0');
    const id = await restoration.experiment(experiment);
    expect(await restoration.experiment(experiment)).toBe(id);
    await restoration.experimentTags(id, [{ key: 'k', value: 'v' }]);
    await restoration.experimentTags(id, [{ key: 'k', value: 'w' }]);
    const { artifactLocationOf, ...told } = experiment;
    expect(await tracking.experiments.get(id)).toEqual({
      ...told,
      id,
      artifactLocation: artifactLocationOf(id),
      tags: [{ key: 'k', value: 'w' }],
    });
    await restoration.experimentLifecycle(id, 'active');
    expect((await tracking.experiments.get(id)).lifecycle).toBe('active');
  });

  test('Restoration writes deleted runs whole, and a second time without a difference', async () => {
    const { tracking, restoration } = await start();
    const experimentId = await restoration.experiment(experiment);
    const dataset = { name: 'd', digest: '1', sourceType: 'local', source: '{}' };
    const write = async () => {
      await restoration.run({ ...run, experimentId });
      const metrics = [Number.NaN, Number.POSITIVE_INFINITY, 0.5].map((value, step) => ({
        key: 'm',
        value,
        timestamp: 3,
        step,
      }));
      await restoration.log(runId, {
        metrics,
        params: [{ key: 'p', value: '1' }],
        tags: [{ key: 't', value: '2' }],
      });
      await restoration.inputs(runId, { datasets: [{ dataset, tags: [] }], models: ['m-1'] });
      await restoration.outputs(runId, [{ modelId: 'm-2', step: 4 }]);
      return await tracking.runs.get(runId);
    };
    const first = await write();
    const { deletedAt, ...info } = run;
    expect(first).toMatchObject({
      info: { ...info, experimentId },
      metrics: [{ key: 'm', value: 0.5, timestamp: 3, step: 2 }],
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 't', value: '2' }],
      inputs: { datasets: [{ dataset }], models: ['m-1'] },
      outputs: [{ modelId: 'm-2', step: 4 }],
    });
    expect(await write()).toEqual(first);
    const row = await tracking.runs.find(runId);
    expect(row.deleted_at).toBe(deletedAt);
    const { items } = await tracking.history.page(row.id, { key: 'm' });
    expect(items.map(({ value }) => value)).toEqual([Number.NaN, Number.MAX_VALUE, 0.5]);
    await expect(tracking.log.tag(runId, { key: 'a', value: 'b' })).rejects.toThrow(
      "must be in the 'active' state",
    );
  });

  test('Restoration refuses ids that no run or model may have', async () => {
    const { restoration } = await start();
    await expect(restoration.run({ ...run, runId: '../x', experimentId: '0' })).rejects.toThrow(
      'Invalid run ID',
    );
    await expect(restoration.log('b'.repeat(32), { tags: [] })).rejects.toThrow('not found');
  });

  test('Restoration.loggedModel() keeps id, times and state, and its metrics those of their runs', async () => {
    const { tracking, restoration } = await start();
    await restoration.run({ ...run, experimentId: '0', lifecycle: 'active' });
    const model = {
      modelId: 'm-0123',
      experimentId: '0',
      name: 'a.b',
      artifactUri: 's3://b/m',
      createdAt: 3,
      updatedAt: 4,
      status: 'FAILED',
      modelType: 'clf',
      sourceRunId: runId,
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 't', value: '2' }],
    } as const;
    const metric = { key: 'acc', value: 0.5, timestamp: 1, step: 1, modelId: model.modelId, runId };
    for (let time = 0; time < 2; time++) {
      await restoration.loggedModel({ ...model, lifecycle: 'deleted' });
      await restoration.modelMetrics(runId, [{ ...metric, datasetName: 'd', datasetDigest: '1' }]);
    }
    expect(await tracking.loggedModels.get(model.modelId, { deleted: true })).toEqual({
      ...model,
      metrics: [{ ...metric, datasetName: 'd', datasetDigest: '1' }],
    });
    await expect(tracking.loggedModels.get(model.modelId)).rejects.toThrow('not found');
    await expect(restoration.modelMetrics('nobody', [metric])).rejects.toThrow('not found');
  });
});

test('partBatch() tells what cannot be kept, and what was cut', () => {
  const metric = { key: 'm', value: 1, timestamp: 1, step: 1 };
  const { fitting, misfits } = partBatch({
    metrics: [metric, { ...metric, step: 2 ** 60 }, { ...metric, timestamp: -1 }, { ...metric, key: 'a,b' }],
    params: [
      { key: 'p', value: 'x'.repeat(6001) },
      { key: '../p', value: '' },
      { key: 'nul', value: '\0' },
    ],
    tags: [{ key: 'half', value: '\ud800' }],
  });
  expect(fitting.metrics).toEqual([metric]);
  expect(fitting.params.map(({ key }) => key)).toEqual(['p']);
  expect(misfits.map(({ kind, key, reason }) => `${kind} ${key}: ${reason}`)).toEqual([
    expect.stringContaining('metric m: its step 1152921504606847000 is no whole number below 2^53'),
    expect.stringContaining('Timestamp must be a nonnegative'),
    expect.stringContaining('Names may only contain'),
    expect.stringContaining("would resolve to '../p'"),
    'param nul: its value has a NUL character',
    'tag half: its value is not well-formed Unicode',
    'param p: its value has 6001 characters and was cut to 6000',
  ]);
});
