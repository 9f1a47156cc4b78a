// Permanent deletion on both databases: all rows of what was deleted go, nothing else does, names are free again.
import { expect, test } from 'vitest';
import type { Database } from '../../store/index.ts';
import { describeDatabases, type OpenDatabase } from '../../testing/databases.ts';
import {
  evaluationDatasetsMigration,
  loggedModelsMigration,
  openTracking,
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

await describeDatabases(migrations, (open) => {
  test('Purge.run removes a deleted run with all that was logged to it, and nothing of others', async () => {
    const { tracking, database } = await start(open);
    const { purge, runs } = tracking;
    const doomed = await fullRun(tracking);
    const kept = await fullRun(tracking);
    const before = await rowCounts(database);
    await expect(purge.run(doomed)).rejects.toThrow(`Cannot delete the run ${doomed} for good: it is active`);
    await runs.delete(doomed);
    expect(await purge.count()).toEqual({
      ...{ experiments: 0, runs: 1, loggedModels: 0, points: 3, params: 1, tags: 2, links: 3 },
    });
    expect(await fromAsync(purge.runs())).toMatchObject([{ runId: doomed, experimentId: '0' }]);
    await purge.run(doomed);
    await expect(runs.get(doomed)).rejects.toThrow('not found');
    const after = await rowCounts(database);
    // Each of the two runs had the same: half is gone. Datasets stay with their experiment
    for (const table of logged) expect([table, (after[table] ?? 0) * 2]).toEqual([table, before[table]]);
    expect(await runs.get(kept)).toMatchObject({ params: [{ key: 'lr' }], metrics: [{ value: 2 }] });
    expect(await purge.pendingArtifacts()).toMatchObject([
      { owner: doomed, uri: `mlflow-artifacts:/0/${doomed}/artifacts` },
    ]);
  });

  test('Purge.experiment frees the name once its runs and logged models are gone', async () => {
    const { tracking } = await start(open);
    const { purge, experiments, runs, loggedModels, tracing } = tracking;
    const id = await experiments.create({ name: 'a', tags: [{ key: 'k', value: 'v' }] });
    const { info } = await runs.create({ experimentId: id });
    await tracking.inputs.log(info.runId, { datasets: [input] });
    const { modelId } = await loggedModels.create({ experimentId: id, params: [{ key: 'p', value: '1' }] });
    await tracing.traces.start({ ...trace, experimentId: id });
    await expect(purge.experiment(id)).rejects.toThrow('it is active; delete it first');
    await expect(purge.loggedModel(modelId)).rejects.toThrow('it is active; delete it first');
    await experiments.delete(id);
    await expect(purge.experiment(id)).rejects.toThrow('it still has runs');
    await purge.run(info.runId);
    await expect(purge.experiment(id)).rejects.toThrow('it still has logged models');
    expect(await fromAsync(purge.loggedModels())).toMatchObject([{ modelId }]);
    await purge.loggedModel(modelId);
    expect(await purge.experiments()).toMatchObject([{ id, name: 'a' }]);
    await purge.experiment(id);
    await expect(experiments.get(id)).rejects.toThrow('exists');
    expect(await experiments.create({ name: 'a' })).not.toBe(id);
    await expect(purge.experiment(id)).rejects.toThrow('No Experiment');
  });

  test('a scope takes what was deleted before a time', async () => {
    const { purge, runs } = (await start(open)).tracking;
    const { info } = await runs.create({ experimentId: '0' });
    await runs.delete(info.runId);
    expect(await fromAsync(purge.runs({ deletedBefore: 1000 }))).toEqual([]);
    expect((await purge.count({ deletedBefore: 1000 })).runs).toBe(0);
    expect(await fromAsync(purge.runs({ deletedBefore: Date.now() + 1000 }))).toHaveLength(1);
  });

  test('noted files are there until somebody says that they were removed', async () => {
    const { tracking, database } = await start(open);
    const { runs, purge } = tracking;
    const ids = [await fullRun(tracking), await fullRun(tracking)];
    for (const id of ids) await runs.delete(id);
    for (const id of ids) await purge.run(id);
    const again = await openTracking(database, { artifactLocationOf: (id) => id });
    const [first, second] = await again.purge.pendingArtifacts();
    expect([first?.owner, second?.owner]).toEqual(ids);
    expect(await again.purge.pendingArtifacts({ after: first?.id ?? 0 })).toEqual([second]);
    await again.purge.artifactsRemoved([first?.id ?? 0]);
    expect(await purge.pendingArtifacts()).toEqual([second]);
  });
});

const input = {
  dataset: { name: 'pairs', digest: 'd', sourceType: 'local', source: '{}' },
  tags: [{ key: 'mlflow.data.context', value: 'training' }],
};

const trace = {
  ...{ traceId: 'tr-1', requestTime: 1, tags: {}, metadata: {}, assessments: [] },
  state: 'OK',
  ...{ clientRequestId: undefined, executionDuration: undefined },
  ...{ requestPreview: undefined, responsePreview: undefined },
} as const;

async function start(open: OpenDatabase) {
  const database = await open();
  const tracking = await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
  return { database, tracking };
}

type Tracking = Awaited<ReturnType<typeof openTracking>>;

/** A run with something of every kind. */
async function fullRun({ runs, log, inputs, loggedModels, tracing }: Tracking): Promise<string> {
  const { info } = await runs.create({ experimentId: '0' });
  const { modelId } = await loggedModels.create({ experimentId: '0' });
  const { name, digest } = input.dataset;
  await log.batch(info.runId, {
    params: [{ key: 'lr', value: '0.1' }],
    tags: [{ key: 'team', value: 'a' }],
    metrics: [
      { key: 'loss', value: 1, step: 1, timestamp: 1 },
      { key: 'loss', value: 2, step: 2, timestamp: 2, modelId, datasetName: name, datasetDigest: digest },
    ],
  });
  await inputs.log(info.runId, { datasets: [input], models: [modelId] });
  await inputs.logOutputs(info.runId, [{ modelId, step: 1 }]);
  await tracing.traces.linkToRun(['tr-1'], info.runId);
  return info.runId;
}

const logged = [
  'runs',
  'metric_points',
  'latest_metrics',
  'logged_model_metrics',
  'params',
  'run_tags',
  'dataset_inputs',
  'dataset_input_tags',
  'model_inputs',
  'model_outputs',
  'trace_links',
] as const;

async function rowCounts(database: Database): Promise<Readonly<Record<string, number>>> {
  const { db } = database.tables<Record<(typeof logged)[number], object>>();
  const counts: Record<string, number> = {};
  for (const table of logged) counts[table] = (await db.selectFrom(table).selectAll().execute()).length;
  return counts;
}

async function fromAsync<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
