// Inputs and outputs on both databases: logged once, read with their runs, found again.
import { type SqlBool, sql } from 'kysely';
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../../testing/databases.ts';
import { loggedModelsMigration } from '../logged-models/migration.ts';
import { trackingMigration } from '../migration.ts';
import type { TrackingTables } from '../tables.ts';
import { openTracking } from '../tracking.ts';
import { datasetCondition } from './index.ts';

const iris = {
  dataset: {
    name: 'iris',
    digest: 'd1',
    sourceType: 'local',
    source: '{"uri": "iris.csv"}',
    schema: 's',
    profile: 'p',
  },
  tags: [{ key: 'mlflow.data.context', value: 'training' }],
};
const wine = { dataset: { name: 'wine', digest: 'd2', sourceType: 'http', source: 'x' }, tags: [] };

await describeDatabases([trackingMigration, loggedModelsMigration], (open) => {
  test('Inputs.log keeps datasets and models, and logging them again adds nothing', async () => {
    const { inputs, runs, newRun } = await start(open);
    const runId = await newRun();
    const logged = { datasets: [iris, wine, { ...iris, tags: [] }], models: ['m-1', 'm-2', 'm-1'] };
    await inputs.log(runId, logged);
    await inputs.log(runId, { ...logged, datasets: [{ ...iris, tags: [{ key: 'late', value: '1' }] }] });
    expect((await runs.get(runId)).inputs).toEqual({ datasets: [iris, wine], models: ['m-1', 'm-2'] });
  });

  test('Inputs.log keeps one dataset per experiment, name and digest: the first', async () => {
    const { inputs, runs, newRun } = await start(open);
    const [first, second] = [await newRun(), await newRun()];
    await inputs.log(first, { datasets: [iris] });
    await inputs.log(second, { datasets: [{ dataset: { ...iris.dataset, source: 'elsewhere' }, tags: [] }] });
    expect((await runs.get(second)).inputs.datasets).toEqual([{ dataset: iris.dataset, tags: [] }]);
  });

  test('Inputs.logOutputs keeps models with their steps and refuses another step', async () => {
    const { inputs, runs, newRun } = await start(open);
    const runId = await newRun();
    const outputs = [
      { modelId: 'm-2', step: 0 },
      { modelId: 'm-1', step: 5 },
    ];
    await inputs.logOutputs(runId, outputs);
    await inputs.logOutputs(runId, outputs);
    expect((await runs.get(runId)).outputs).toEqual(outputs);
    await expect(inputs.logOutputs(runId, [{ modelId: 'm-1', step: 6 }])).rejects.toThrow(
      'it was logged at step 5',
    );
  });

  test('Inputs refuse deleted runs and texts that are too long', async () => {
    const { inputs, runs, newRun } = await start(open);
    const runId = await newRun();
    const long = { dataset: { ...iris.dataset, digest: 'd'.repeat(37) }, tags: [] };
    await expect(inputs.log(runId, { datasets: [long] })).rejects.toThrow(
      "'digest' exceeds the maximum length of 36 characters",
    );
    await runs.delete(runId);
    await expect(inputs.log(runId, { datasets: [iris] })).rejects.toThrow('Current state is deleted.');
    await expect(inputs.logOutputs('none', [])).rejects.toThrow('Run with id=none not found');
  });

  test('Inputs.searchDatasets gives each dataset with each of its contexts once', async () => {
    const { inputs, newRun } = await start(open);
    const evaluated = { ...iris, tags: [{ key: 'mlflow.data.context', value: 'eval' }] };
    for (const datasets of [[iris, wine], [iris], [evaluated]])
      await inputs.log(await newRun(), { datasets });
    const iris0 = { experimentId: '0', name: 'iris', digest: 'd1' };
    const found = await inputs.searchDatasets(['0', '77']);
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        { ...iris0, context: 'eval' },
        { ...iris0, context: 'training' },
        { experimentId: '0', name: 'wine', digest: 'd2', context: undefined },
      ]),
    );
    await expect(inputs.searchDatasets([])).rejects.toThrow('must specify at least one experiment_id');
    const many = Array.from({ length: 21 }, (_, index) => String(index));
    await expect(inputs.searchDatasets(many)).rejects.toThrow('Received 21 experiment_ids.');
  });

  test('datasetCondition holds for runs that have such a dataset', async () => {
    const { inputs, newRun, database } = await start(open);
    const [first, second] = [await newRun(), await newRun()];
    await newRun();
    await inputs.log(first, { datasets: [iris] });
    await inputs.log(second, { datasets: [wine] });
    const { db, dialect } = database.tables<TrackingTables>();
    const find = async (
      key: string,
      operator: '=' | '!=' | 'LIKE' | 'IN',
      value: string | readonly string[],
    ) => {
      const rows = await db
        .selectFrom('runs as r')
        .select('r.run_id')
        .orderBy('r.id')
        .where(sql<SqlBool>`${datasetCondition({ key, operator, value }, dialect)}`)
        .execute();
      return rows.map(({ run_id }) => run_id);
    };
    expect(await find('name', '=', 'iris')).toEqual([first]);
    expect(await find('name', '!=', 'iris')).toEqual([second]);
    expect(await find('digest', 'LIKE', 'd%')).toEqual([first, second]);
    expect(await find('name', 'IN', ['wine', 'x'])).toEqual([second]);
    expect(await find('context', '=', 'training')).toEqual([first]);
  });
});

async function start(open: OpenDatabase) {
  const database = await open();
  const tracking = await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` });
  const newRun = async () => (await tracking.runs.create({ experimentId: '0' })).info.runId;
  return { ...tracking, database, newRun };
}
