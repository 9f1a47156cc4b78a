// Tracking on both databases: what is logged is read back, limits and states are kept, writers do not get in each other's way.
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../testing/databases.ts';
import { loggedModelsMigration, openTracking, trackingMigration } from './index.ts';

await describeDatabases([trackingMigration, loggedModelsMigration], (open) => {
  test('openTracking makes experiment 0 once', async () => {
    const { tracking, database } = await start(open);
    await openTracking(database, { artifactLocationOf: (id) => `other:/${id}` });
    expect(await tracking.experiments.get('0')).toMatchObject({
      name: 'Default',
      artifactLocation: 'mlflow-artifacts:/0',
      lifecycle: 'active',
    });
  });

  test('Experiments keep their names to themselves, deleted ones too', async () => {
    const { experiments } = (await start(open)).tracking;
    const id = await experiments.create({
      name: 'a',
      tags: [
        { key: 'k', value: '1' },
        { key: 'k', value: '2' },
      ],
    });
    expect(await experiments.getByName('a')).toMatchObject({
      id,
      artifactLocation: `mlflow-artifacts:/${id}`,
      tags: [{ key: 'k', value: '2' }],
    });
    await expect(experiments.create({ name: 'a' })).rejects.toThrow('Experiment(name=a) already exists.');
    await experiments.delete(id);
    await expect(experiments.create({ name: 'a' })).rejects.toThrow('restore it, or delete it for good');
    await expect(experiments.delete(id)).rejects.toThrow(`No Experiment with id=${id} exists`);
    await expect(experiments.setTag(id, { key: 'k', value: '3' })).rejects.toThrow(
      `The experiment ${id} must be in the 'active' state. Current state is deleted.`,
    );
    await expect(experiments.get('x')).rejects.toThrow(
      "Invalid experiment ID 'x'. Experiment ID must be a valid integer.",
    );
    await expect(experiments.get('-1')).rejects.toThrow('No Experiment with id=-1 exists');
    await expect(experiments.get('9'.repeat(40))).rejects.toThrow('No Experiment with id=999');
  });

  test('Experiments.delete takes its runs along, and restore brings them back', async () => {
    const { experiments, runs, log } = (await start(open)).tracking;
    const id = await experiments.create({ name: 'a' });
    const { info } = await runs.create({ experimentId: id });
    await experiments.delete(id);
    await expect(log.param(info.runId, { key: 'a', value: '1' })).rejects.toThrow(
      `The run ${info.runId} must be in the 'active' state`,
    );
    await experiments.restore(id);
    await log.param(info.runId, { key: 'a', value: '1' });
  });

  test('RunLog keeps values exactly: NaN, infinities, the smallest and the largest', async () => {
    const { runs, log, history } = (await start(open)).tracking;
    const { info } = await runs.create({ experimentId: '0' });
    const values = [
      0.1,
      5e-324,
      Number.MAX_VALUE,
      -1 / 3,
      123456789.12345679,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    await log.batch(info.runId, {
      metrics: values.map((value, step) => ({ key: 'm', value, timestamp: step, step: -step })),
    });
    const { items } = await history.page((await runs.find(info.runId)).id, { key: 'm' });
    expect(items.map(({ value }) => value)).toEqual([
      ...values.slice(0, 6),
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
    ]);
    expect(items.map(({ step }) => step)).toEqual(values.map((_, step) => 0 - step));
  });

  test('the latest value of a metric is the greatest by step, time and value, in whatever order values come', async () => {
    const { runs, log } = (await start(open)).tracking;
    const { info } = await runs.create({ experimentId: '0' });
    const points = [
      [2, 5, 1],
      [1, 9, 9],
      [2, 6, 0],
      [2, 6, 3],
      [2, 6, 2],
    ] as const;
    for (const [step, timestamp, value] of points)
      await log.metric(info.runId, { key: 'm', step, timestamp, value });
    expect((await runs.get(info.runId)).metrics).toEqual([{ key: 'm', value: 3, timestamp: 6, step: 2 }]);
  });

  test('a new run or experiment takes tags whose keys could not be set later', async () => {
    const { experiments, runs, log } = (await start(open)).tracking;
    const tag = { key: "x'; DROP TABLE runs;--😀", value: '1' };
    const experimentId = await experiments.create({ name: 'a', tags: [tag] });
    expect((await experiments.get(experimentId)).tags).toEqual([tag]);
    const { info } = await runs.create({ experimentId, tags: [tag] });
    expect((await runs.get(info.runId)).tags).toContainEqual(tag);
    await expect(log.tag(info.runId, tag)).rejects.toThrow('Names may only contain');
    const long = { key: 'k'.repeat(251), value: '1' };
    await expect(runs.create({ experimentId, tags: [long] })).rejects.toThrow("'key' exceeds the maximum");
  });

  test('RunLog.batch repeated adds no row', async () => {
    const { runs, log, history } = (await start(open)).tracking;
    const { info } = await runs.create({ experimentId: '0' });
    const batch = {
      metrics: [1, 2, 2].map((step) => ({ key: 'm', value: step, timestamp: 1, step })),
      params: [{ key: 'p', value: '1' }],
      tags: [{ key: 't', value: '1' }],
    };
    await log.batch(info.runId, batch);
    await log.batch(info.runId, batch);
    expect((await history.page((await runs.find(info.runId)).id, { key: 'm' })).items).toHaveLength(2);
  });

  test('RunLog.batch with a parameter that has another value keeps nothing of the batch', async () => {
    const { runs, log } = (await start(open)).tracking;
    const { info } = await runs.create({ experimentId: '0', tags: [{ key: 'a', value: 'tag' }] });
    await log.param(info.runId, { key: 'a', value: '1' });
    await expect(log.param(info.runId, { key: 'a', value: '2' })).rejects.toThrow(
      `Changing param values is not allowed. Param with key='a' was already logged with value='1' for run ID='${info.runId}'. Attempted logging new value '2'.`,
    );
    const params = [
      { key: 'new', value: '1' },
      { key: 'a', value: '9' },
    ];
    const metrics = [{ key: 'm', value: 1, timestamp: 1, step: 1 }];
    await expect(log.batch(info.runId, { params, metrics })).rejects.toThrow(
      `[{'key': 'a', 'old_value': '1', 'new_value': '9'}]`,
    );
    const run = await runs.get(info.runId);
    expect([run.params, run.metrics]).toEqual([[{ key: 'a', value: '1' }], []]);
  });

  test('Runs name themselves and keep name and tag alike', async () => {
    const { runs, log } = (await start(open)).tracking;
    const unnamed = await runs.create({ experimentId: '0' });
    expect(unnamed.info.name).toMatch(/^[a-z]+-[a-z]+-\d+$/);
    expect(unnamed.tags).toEqual([{ key: 'mlflow.runName', value: unnamed.info.name }]);
    await expect(
      runs.create({ experimentId: '0', name: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] }),
    ).rejects.toThrow('with different values');
    const { runId } = unnamed.info;
    await runs.update(runId, { name: 'b', status: 'FINISHED', endTime: 7 });
    expect(await runs.get(runId)).toMatchObject({
      info: { name: 'b', status: 'FINISHED', endTime: 7 },
      tags: [{ value: 'b' }],
    });
    await log.tag(runId, { key: 'mlflow.runName', value: 'c' });
    expect((await runs.info(runId)).name).toBe('c');
  });

  test('RunLog refuses keys and sizes beyond the limits and cuts long values', async () => {
    const { runs, log } = (await start(open)).tracking;
    const { runId } = (await runs.create({ experimentId: '0' })).info;
    const refused: [string, string][] = [
      ['a*b', 'Names may only contain alphanumerics'],
      ['../a', "must not resolve to other names when treated as such. This name would resolve to '../a'"],
      ['a//b', "would resolve to 'a/b'"],
      ['/a', "would resolve to '/a'"],
      ['', "would resolve to '.'"],
      ['k'.repeat(251), "'Param key' exceeds the maximum length of 250 characters"],
    ];
    for (const [key, message] of refused)
      await expect(log.param(runId, { key, value: '' })).rejects.toThrow(message);
    await log.param(runId, { key: 'größe/数 1:x.y-z', value: '😀'.repeat(6001) });
    expect((await runs.get(runId)).params[0]?.value).toBe('😀'.repeat(6000));
    const metrics = Array.from({ length: 1001 }, (_, step) => ({ key: 'm', value: 1, timestamp: 1, step }));
    await expect(log.batch(runId, { metrics })).rejects.toThrow('at most 1000 metrics. Got 1001 metrics.');
    await expect(log.metric(runId, { key: 'm', value: 1, timestamp: -1, step: 0 })).rejects.toThrow(
      "metric 'm' (value=1.0). Timestamp must be a nonnegative long",
    );
  });

  test('MetricHistory pages through every value once', async () => {
    const { runs, log, history } = (await start(open)).tracking;
    const { runId } = (await runs.create({ experimentId: '0' })).info;
    const metrics = Array.from({ length: 500 }, (_, i) => ({
      key: 'm',
      value: i % 3 === 0 ? Number.NaN : i % 7,
      timestamp: i % 5,
      step: i % 11,
    }));
    await log.batch(runId, { metrics });
    const run = (await runs.find(runId)).id;
    const all = (await history.page(run, { key: 'm' })).items;
    const paged = [];
    let pageToken: string | undefined;
    do {
      const page = await history.page(run, {
        key: 'm',
        maxResults: 7,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      paged.push(...page.items);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(paged).toEqual(all);
    const { nextPageToken = '' } = await history.page(run, { key: 'm', maxResults: 1 });
    const forged = JSON.parse(Buffer.from(nextPageToken, 'base64').toString());
    const forgedToken = Buffer.from(JSON.stringify({ ...forged, v: [1.5, -1e300, 2, 7] })).toString('base64');
    expect((await history.page(run, { key: 'm', pageToken: forgedToken })).items.length).toBeGreaterThan(0);
    await expect(history.page(run, { key: 'm', pageToken: 'xx' })).rejects.toThrow(
      'Invalid page token, could not base64-decode',
    );
  });

  test('many writers of one run on two connections lose nothing', async () => {
    const { tracking, database } = await start(open);
    const second = await openTracking(await open({ again: database }), {
      artifactLocationOf: (id) => `x:/${id}`,
    });
    const { runId } = (await tracking.runs.create({ experimentId: '0' })).info;
    const write = (step: number) =>
      (step % 2 === 0 ? tracking : second).log.batch(runId, {
        metrics: ['a', 'b', 'c'].map((key) => ({ key, value: step, timestamp: 1, step })),
        tags: [{ key: `t${step % 5}`, value: String(step) }],
      });
    await Promise.all(Array.from({ length: 60 }, (_, step) => write(step)));
    const run = await tracking.runs.get(runId);
    expect(run.metrics.map(({ value }) => value)).toEqual([59, 59, 59]);
    const { id } = await tracking.runs.find(runId);
    for (const key of ['a', 'b', 'c'])
      expect((await tracking.history.page(id, { key })).items).toHaveLength(60);
  });
});

async function start(open: OpenDatabase) {
  const database = await open();
  return {
    database,
    tracking: await openTracking(database, { artifactLocationOf: (id) => `mlflow-artifacts:/${id}` }),
  };
}
