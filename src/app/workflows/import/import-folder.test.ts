// The import of an mlruns folder that MLflow itself wrote, and of folders that somebody spoilt.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { artifactPath } from '../../../store/index.ts';
import { historyOf } from '../../../testing/history-of.ts';
import { postgresAvailable, sharedPostgres } from '../../../testing/postgres.ts';
import { openStores, type StoreLocations } from '../../stores.ts';
import { describeProblem, type ImportRequest, importHistory } from './index.ts';

const fixture = 'test/fixtures/mlruns';
const directory = mkdtempSync(join(tmpdir(), 'hone-import-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let count = 0;
let data: string;
let folder: string;
beforeEach(() => {
  data = join(directory, `data-${++count}`);
  folder = join(directory, `mlruns-${count}`);
  cpSync(fixture, folder, { recursive: true });
});

async function openAll(
  locations: StoreLocations,
  work: (stores: Awaited<ReturnType<typeof openStores>>) => Promise<void>,
) {
  const stores = await openStores(locations);
  try {
    await work(stores);
  } finally {
    await stores.close();
  }
}

async function imported(request: Partial<ImportRequest> = {}) {
  const report = await importHistory({ from: folder, to: { data }, ...request });
  return { ...report, told: report.problems.map(describeProblem) };
}

const noPostgres = await postgresAvailable();
const databases: readonly [string, () => Promise<string | undefined>][] = [
  ['SQLite', async () => undefined],
  ...(noPostgres === undefined
    ? [
        ['PostgreSQL', async () => (await sharedPostgres()).createDatabase()] satisfies [
          string,
          () => Promise<string>,
        ],
      ]
    : []),
];

describe.each(databases)('on %s', (_, makeUrl) => {
  test('importHistory() brings a folder over as it was, and nothing a second time', async () => {
    const to = { data, database: await makeUrl() };
    const first = await importHistory({ from: folder, to });
    expect(first.problems).toEqual([]);
    expect(first.counts).toMatchObject({
      experiments: { added: 3 },
      runs: { added: 5 },
      loggedModels: { added: 1 },
      registeredModels: { added: 1 },
      versions: { added: 2 },
      metricPoints: 7,
      artifacts: 1,
    });
    await openAll(to, async (stores) => {
      const history = await historyOf(stores);
      expect(history.experiments.map(({ name, lifecycle }) => [name, lifecycle])).toEqual([
        ['Default', 'active'],
        ['first', 'active'],
        ['gone', 'deleted'],
      ]);
      const runs = history.experiments.flatMap((experiment) => experiment.runs);
      const [one] = runs.filter(({ info }) => info.name === 'one');
      expect(one).toMatchObject({
        info: { status: 'FAILED', startTime: 1000, endTime: 2000, lifecycle: 'deleted' },
        params: [
          { key: 'group/lines', value: 'a\nb' },
          { key: 'lr', value: '0.1' },
        ],
      });
      const big = Number.MAX_VALUE;
      expect(one?.histories.map(({ value }) => value)).toEqual([1, Number.NaN, big, -big, 1e-7]);
      const [parent] = runs.filter(({ info }) => info.name === 'parent');
      const [child] = runs.filter(({ info }) => info.name === 'child');
      expect(child?.tags).toContainEqual({ key: 'mlflow.parentRunId', value: parent?.info.runId });
      expect(parent).toMatchObject({
        metrics: [{ key: 'acc', value: 0.5, step: 3 }],
        inputs: {
          datasets: [{ dataset: { name: 'toy', sourceType: 'local' } }],
          models: [expect.stringMatching('m-')],
        },
        outputs: [{ step: 1 }],
      });
      const model = history.experiments[1]?.loggedModels[0];
      expect(model).toMatchObject({
        name: 'lm',
        status: 'READY',
        modelType: 'clf',
        sourceRunId: parent?.info.runId,
        metrics: [{ key: 'acc', step: 3, runId: parent?.info.runId, datasetName: 'toy' }],
      });
      await checkRegistry(stores, String(parent?.info.runId));
    });
    const again = await importHistory({ from: folder, to });
    // Runs that go on are looked at each time.
    expect(again.counts).toMatchObject({
      runs: { added: 0, updated: 2, unchanged: 3 },
      versions: { added: 0, unchanged: 2 },
    });
  });
});

async function checkRegistry(
  { tracking, registry, artifacts }: Awaited<ReturnType<typeof openStores>>,
  runId: string,
) {
  const [experiment] = (await tracking.experimentSearch.page({ filter: "name = 'first'" })).items;
  const versions = await registry.versions.list('reg');
  expect(versions).toMatchObject([
    { version: 1, aliases: ['champ'], stage: 'None', tags: [{ key: 'x', value: 'y' }] },
    {
      version: 2,
      stage: 'Production',
      description: 'the second',
      source: `mlflow-artifacts:/${experiment?.id}/${runId}/artifacts/m`,
    },
  ]);
  expect(versions[0]?.storageLocation).toMatch(
    new RegExp(`^mlflow-artifacts:/${experiment?.id}/models/m-.*/artifacts$`),
  );
  // 3 was given, and deleted.
  expect((await registry.versions.create('reg', { source: 's3://b/x' })).version).toBe(4);
  const [entry] = await registry.audit
    .history({ model: 'reg' })
    .then((all) => all.filter(({ action }) => action === 'alias.set'));
  expect(entry?.reason).toMatch(/^imported from file:/);
  const [run] = await artifacts.list();
  expect(run).toBeDefined();
}

function editFile(path: string, edit: (text: string) => string): void {
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

/** The folder of the experiment 'first' and of a run of it. */
async function placesIn(root: string) {
  const { globSync } = await import('node:fs');
  const [lr = ''] = globSync('[0-9]*/*/params/lr', { cwd: root });
  const [experiment = '', run = ''] = lr.split('/');
  return { experiment: join(root, experiment), run: join(root, experiment, run), runId: run };
}

test('importHistory() brings what changed at the source since, and leaves the rest', async () => {
  await imported();
  const { run, runId } = await placesIn(folder);
  writeFileSync(join(run, 'tags', 'later'), 'yes');
  editFile(join(run, 'meta.yaml'), (text) =>
    text.replace('lifecycle_stage: deleted', 'lifecycle_stage: active'),
  );
  editFile(join(run, 'metrics/train/loss'), (text) => `${text}2000 7.5 9\n`);
  expect((await imported()).counts.runs).toEqual({ added: 0, updated: 3, unchanged: 2 });
  await openAll({ data }, async ({ tracking }) => {
    const { info, tags, metrics } = await tracking.runs.get(runId);
    expect(info.lifecycle).toBe('active');
    expect(tags).toContainEqual({ key: 'later', value: 'yes' });
    expect(metrics).toMatchObject([{ value: 7.5, step: 9 }]);
  });
});

test('importHistory() tells what it cannot read, with file and line, and brings the rest', async () => {
  const { experiment, run } = await placesIn(folder);
  const bad = (name: string, meta: string) => {
    mkdirSync(join(experiment, name));
    writeFileSync(join(experiment, name, 'meta.yaml'), meta);
  };
  bad('b1', 'run_id: b1\nstatus: [1\n');
  bad('b2', 'run_id: other\n');
  bad('b3', 'a: &x [1]\nb: *x\n');
  bad('b4', 'run_id: b4\nstatus: 9\n');
  bad('b5', `${'['.repeat(200_000)}`);
  mkdirSync(join(experiment, 'b6'));
  writeFileSync(join(experiment, 'notes.txt'), '');
  writeFileSync(join(run, 'params', 'bad,key'), '1');
  writeFileSync(join(run, 'params', 'long'), 'x'.repeat(7000));
  writeFileSync(join(run, 'tags', 'latin'), Buffer.from([0xff, 0xfe]));
  editFile(join(run, 'metrics/train/loss'), (text) => `${text}oops\n-5 1 1\n`);
  const { told, counts, problemCount } = await imported();
  expect(counts.runs.added).toBe(5);
  const expected = [
    /b1\/meta.yaml:3: metadata: it is not YAML/,
    /b2\/meta.yaml: metadata: it is of the run 'other' and lies in the directory of 'b2'/,
    /b3\/meta.yaml:2: metadata: it uses a YAML alias/,
    /b4\/meta.yaml: metadata: its status '9' is none of MLflow's/,
    /b5\/meta.yaml: metadata: it has more than 5000 entries/,
    /b6\/meta.yaml: file: it is missing/,
    /notes.txt: file: it is nothing that MLflow writes/,
    /param 'bad,key': Invalid value "bad,key" for parameter 'key' supplied: Names may only contain/,
    /param 'long': its value has 7000 characters and was cut to 6000/,
    /tags\/latin: run .*, 'latin': it is not UTF-8 text/,
    /loss:6: run .*, metric 'train\/loss': the line is no 'timestamp value step'/,
    /metric 'train\/loss': 1 values were left out: .*nonnegative/,
  ];
  for (const line of expected) expect(told).toContainEqual(expect.stringMatching(line));
  expect(problemCount).toBe(expected.length);
  // What came over with faults is not tried again, and still told.
  expect((await imported()).problemCount).toBe(expected.length);
});

test('importHistory() follows no link and no path out of the folder', async () => {
  const { run, runId, experiment } = await placesIn(folder);
  const secret = join(directory, 'secret');
  mkdirSync(secret, { recursive: true });
  writeFileSync(join(secret, 'key'), 'password');
  symlinkSync(join(secret, 'key'), join(run, 'params', 'link'));
  symlinkSync(secret, join(run, 'artifacts', 'folder'));
  rmSync(join(run, 'metrics'), { recursive: true });
  symlinkSync(secret, join(run, 'metrics'));
  symlinkSync(secret, join(experiment, 'c'.repeat(32)));
  mkdirSync(join(run, 'inputs', 'i'), { recursive: true });
  writeFileSync(join(run, 'inputs', 'i', 'meta.yaml'), 'source_type: DATASET\nsource_id: ../../../secret\n');
  writeFileSync(join(run, 'artifacts', '%2e%2e%2fescape'), 'x');
  const { told } = await imported();
  for (const line of [
    /params\/link: run .*: links are not followed|params\/link: symbolic link: links are not followed/,
    /artifacts\/folder: .*: links are not followed/,
    /metrics: .*links are not followed/,
    /c{32}: symbolic link: links are not followed/,
    /names the dataset '..\/..\/..\/secret', which is no id/,
    /artifact "%2e%2e%2fescape": Cannot use/,
  ])
    expect(told).toContainEqual(expect.stringMatching(line));
  await openAll({ data }, async ({ tracking, artifacts }) => {
    const { params, metrics, info } = await tracking.runs.get(runId);
    expect(params.map(({ key }) => key)).toContain('lr');
    expect(JSON.stringify([params, metrics])).not.toContain('password');
    expect(
      await artifacts.stat(artifactPath(`${info.experimentId}/${runId}/artifacts/folder`)),
    ).toBeUndefined();
  });
});

test('importHistory() leaves artifacts alone that the folder only tells of, and on demand all', async () => {
  const { run, runId } = await placesIn(folder);
  editFile(join(run, 'meta.yaml'), (text) => text.replace(/artifact_uri: .*/, 'artifact_uri: file:///etc'));
  expect((await imported()).told).toEqual([
    `run ${runId}, artifacts: they lie outside of the folder, at 'file:///etc', and were not copied`,
  ]);
  data = join(directory, 'without');
  const { told, counts } = await imported({ artifacts: false });
  expect([told, counts.artifacts]).toEqual([[], 0]);
  await openAll({ data }, async ({ tracking }) => {
    expect((await tracking.runs.get(runId)).info.artifactUri).toBe('file:///etc');
  });
});

test('importHistory() leaves alone what is here under the same id or name and came from elsewhere', async () => {
  const { runId } = await placesIn(folder);
  await openAll({ data }, async ({ tracking, registry }) => {
    await tracking.runs.create({ experimentId: '0', runId, name: 'mine' });
    await registry.models.create('reg');
    const id = await tracking.experiments.create({ name: 'first', tags: [{ key: 'own', value: '1' }] });
    expect(id).toBe('1');
  });
  const { told, experiments } = await imported();
  expect(told).toEqual([
    `run ${runId}: a run of that id is here already and came from elsewhere; it was left as it is`,
    "registered model 'reg': a model of that name is here already and came from elsewhere; rename one of them, then import again",
  ]);
  expect(experiments).toContainEqual(expect.objectContaining({ name: 'first', id: '1' }));
  await openAll({ data }, async ({ tracking, registry }) => {
    expect((await tracking.runs.get(runId)).info.name).toBe('mine');
    expect(await registry.versions.list('reg')).toEqual([]);
    expect((await tracking.experiments.get('1')).tags).toHaveLength(2);
  });
});

test('importHistory() stops when it is asked to, and goes on to the same', async () => {
  const stop = new AbortController();
  const onProgress = ({ runs }: { readonly runs: { readonly added: number } }) => {
    if (runs.added === 2) stop.abort();
  };
  const stopped = await imported({ signal: stop.signal, onProgress });
  expect(stopped.complete).toBe(false);
  expect(stopped.counts.runs.added).toBeLessThan(5);
  expect((await imported()).complete).toBe(true);
  const whole = join(directory, 'whole');
  await importHistory({ from: folder, to: { data: whole } });
  await openAll({ data }, async (stores) => {
    const history = await historyOf(stores);
    await openAll({ data: whole }, async (others) => expect(history).toEqual(await historyOf(others)));
  });
});

test('importHistory() takes chosen experiments alone, and a dry run writes nothing', async () => {
  const dry = await imported({ dryRun: true });
  expect(dry.counts).toMatchObject({ experiments: { added: 3 }, runs: { added: 5 }, versions: { added: 2 } });
  await expect(importHistory({ from: folder, to: { data }, experiments: ['nix'] })).rejects.toThrow(
    "Cannot import the experiment 'nix'",
  );
  const { counts } = await imported({ experiments: ['gone'] });
  expect(counts).toMatchObject({
    experiments: { added: 1 },
    runs: { added: 1 },
    registeredModels: { added: 0 },
  });
  await openAll({ data }, async ({ tracking }) => {
    expect((await tracking.experimentSearch.page({ view: 'all' })).items).toHaveLength(2);
  });
});

test.each([
  ['nowhere', 'there is no such file or directory'],
  [fixture.replace('mlruns', 'golden-graphs'), "no experiment of MLflow's file store is in it"],
  ['ftp://x/y', "Cannot use --from 'ftp://x/y'"],
  ['http://user:pw@127.0.0.1:1', 'MLFLOW_TRACKING_USERNAME'],
])('importHistory() refuses %s', async (from, reason) => {
  await expect(importHistory({ from, to: { data } })).rejects.toThrow(reason);
});
