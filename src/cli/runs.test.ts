// `hone runs`, run in this process on real stores.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflows } from '../app/index.ts';
import { capturedTerminal } from '../testing/captured-terminal.ts';
import { run } from './main.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'hone-runs-'));
  await seed(data);
});
afterAll(() => rm(data, { recursive: true, force: true }));

async function hone(...argv: string[]) {
  const { terminal, written } = capturedTerminal();
  return { status: await run([...argv, '--data', data], terminal), ...written };
}

/** Ids whose first digits tell them apart, but for two. */
const id = (start: string) => start.padEnd(32, '0');
const ids = { wide: id('aaaaaa1'), deep: id('aaaaaa2'), broken: id('cccccc'), child: id('dddddd') };

async function seed(directory: string): Promise<void> {
  const { openStores } = await workflows.stores();
  const { tracking, close } = await openStores({ data: directory });
  const { experiments, runs, log, inputs } = tracking;
  const experimentId = await experiments.create({ name: 'support' });
  const startTime = Date.UTC(2026, 0, 1);
  const make = async (runId: string, name: string, tags: Readonly<Record<string, string>> = {}) => {
    const entries = Object.entries(tags).map(([key, value]) => ({ key, value }));
    await runs.create({ experimentId, runId, name, startTime, tags: entries });
  };
  const metric = (key: string, value: number, step = 0) => ({ key, value, step, timestamp: step });
  await make(ids.wide, 'wide', { team: 'a' });
  await log.batch(ids.wide, {
    params: [
      { key: 'lr', value: '0.1' },
      { key: 'seed', value: '7' },
    ],
    metrics: [metric('loss', 3, 1), metric('loss', 0.5, 2), metric('loss', 1.25, 3)],
  });
  await inputs.log(ids.wide, {
    datasets: [{ dataset: { name: 'pairs', digest: 'd1', sourceType: 'local', source: '{}' }, tags: [] }],
  });
  const folder = join(directory, 'artifacts', experimentId, ids.wide, 'artifacts', 'model');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(1500));
  await runs.update(ids.wide, { status: 'FINISHED', endTime: startTime + 90_000 });
  await make(ids.deep, 'deep', { team: 'b' });
  await log.batch(ids.deep, {
    params: [
      { key: 'lr', value: '0.2' },
      { key: 'seed', value: '7' },
    ],
    metrics: [metric('loss', 0.75)],
  });
  await make(ids.broken, 'broken');
  await log.batch(ids.broken, { metrics: [metric('loss', Number.NaN)] });
  await make(ids.child, 'child', { 'mlflow.parentRunId': ids.wide });
  await close();
}

describe('hone runs ls', () => {
  test('shows what a run is and its metrics, ordered as asked', async () => {
    const { status, out, err } = await hone('runs', 'ls', '--order-by', 'metrics.loss ASC');
    expect([status, err]).toEqual([0, '']);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^run +name +status +started +duration +loss$/);
    expect(lines.map((line) => line.split(/ +/)[1])).toEqual(['name', 'deep', 'wide', 'broken', 'child']);
    expect(lines[2]).toMatch(/^aaaaaa10 +wide +FINISHED +.* 1 min 30 s +1\.25$/);
    expect(lines[1]).toMatch(/ 0\.75$/);
  });

  test('filters within an experiment, shows the columns asked for and the limit', async () => {
    const asked = ['--experiment', 'support', '--filter', 'metrics.loss > 0', '--limit', '1'];
    const { out, err } = await hone('runs', 'ls', ...asked, '--columns', 'name,params.lr,metric.loss,team');
    expect(out).toMatch(/^name +lr +loss +team\n\w+ +0\.\d +[\d.]+ +[ab]\n$/);
    expect(err).toContain('More than 1 runs');
  });

  test('--json prints exact times and every value', async () => {
    const { out, err } = await hone('runs', 'ls', '--json', '--order-by', 'attributes.run_id ASC');
    expect(err).toBe('');
    const records = JSON.parse(out);
    expect(records).toHaveLength(4);
    expect(records[0]).toMatchObject({
      runId: ids.wide,
      experiment: 'support',
      startTime: '2026-01-01T00:00:00.000Z',
      endTime: '2026-01-01T00:01:30.000Z',
      metrics: { loss: 1.25 },
      params: { lr: '0.1', seed: '7' },
    });
    expect(records[2].metrics).toEqual({ loss: 'NaN' });
  });

  test.each([
    [['--filter', 'metrics.los < 1'], 'No run fits the filter', "metric 'los'. Did you mean 'loss'?"],
    [['--filter', "params.team = 'a'"], 'No run fits', 'There is a tag of that name: tags.team'],
    [['--view', 'deleted'], 'No runs in sqlite:', ''],
  ])('%j finds nothing and says what to try', async (argv, message, advice) => {
    const { status, out, err } = await hone('runs', 'ls', ...argv);
    expect([status, out]).toEqual([0, '']);
    expect(err).toContain(message);
    expect(err).toContain(advice);
  });

  test.each([
    [['--experiment', 'suport'], "Did you mean 'support'?"],
    [['--columns', 'name,los'], "Did you mean 'loss'?"],
    [['--filter', 'metrics.loss <'], 'loss'],
  ])('%j is refused', async (argv, message) => {
    const { status, out, err } = await hone('runs', 'ls', ...argv);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });

  test('an ordering by what no run has is told', async () => {
    const { status, err } = await hone('runs', 'ls', '--order-by', 'metrics.lss');
    expect(status).toBe(0);
    expect(err).toContain("Did you mean 'loss'?");
  });

  test('where nothing was recorded it says so and makes nothing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'hone-empty-'));
    const { terminal, written } = capturedTerminal();
    expect(await run(['runs', 'ls', '--data', join(empty, 'x')], terminal)).toBe(2);
    expect(written.err).toContain('Cannot find anything recorded');
    expect(await readdir(empty)).toEqual([]);
    await rm(empty, { recursive: true });
  });
});

describe('hone runs show', () => {
  test('tells parameters, histories, inputs, artifacts and children', async () => {
    const { status, out } = await hone('runs', 'show', 'aaaaaa1');
    expect(status).toBe(0);
    expect(out).toMatch(/^wide\nrun +aaaaaa1/);
    expect(out).toContain('started     2026-01-01 00:00:00 UTC');
    expect(out).toMatch(/ {2}loss +1\.25 +0\.5 +3 +3 +3 {2}█▁▃/);
    expect(out).toMatch(/Parameters\n {2}lr +0\.1\n {2}seed +7\n/);
    expect(out).toContain('  pairs  d1  local');
    expect(out).toMatch(/Artifacts\n {2}model\/\n.*weights\.bin {2}1\.5 kB/);
    expect(out).toMatch(/Children\n {2}dddddd00 {2}RUNNING {2}child/);
  });

  test('names by name, shows the parent, and --json everything', async () => {
    expect((await hone('runs', 'show', 'child')).out).toMatch(/^parent +aaaaaa10 +wide$/m);
    const record = JSON.parse((await hone('runs', 'show', 'wide', '--json')).out);
    expect(record).toMatchObject({
      runId: ids.wide,
      histories: { loss: { latest: 1.25, min: 0.5, max: 3, count: 3, step: 3 } },
      artifacts: [
        { path: 'model', isDirectory: true },
        { path: 'model/weights.bin', size: 1500 },
      ],
      children: [ids.child],
    });
  });

  test.each([
    ['aaaaaa', `${id('aaaaaa1')}  wide`],
    ['aaaaa', "Cannot find the run 'aaaaa'"],
    ['ffffff', '6 or more of its first digits'],
  ])('%s is refused', async (name, message) => {
    const { status, out, err } = await hone('runs', 'show', name);
    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

describe('hone runs compare', () => {
  test('shows only what differs, with differences from the first', async () => {
    const { status, out } = await hone('runs', 'compare', 'wide', 'deep');
    expect(status).toBe(0);
    expect(out).toMatch(/^Parameters +aaaaaa10 wide +aaaaaa20 deep\nlr +0\.1 +0\.2\n/);
    expect(out).toMatch(/loss +1\.25 +0\.75 {2}\(-0\.5\)\n/);
    expect(out).toMatch(/team +a +b\n/);
    expect(out).not.toContain('seed');
    expect((await hone('runs', 'compare', 'wide', 'deep', '--all')).out).toMatch(/seed +7 +7/);
  });

  test('--json gives values and differences', async () => {
    const { metrics, runs } = JSON.parse(
      (await hone('runs', 'compare', 'wide', 'deep', 'broken', '--json')).out,
    );
    expect(runs).toHaveLength(3);
    expect(metrics).toEqual([
      { key: 'loss', values: [1.25, 0.75, 'NaN'], differences: [null, -0.5, 'NaN'], differs: true },
    ]);
  });

  test('refuses one run, and one run twice', async () => {
    expect((await hone('runs', 'compare', 'wide')).err).toContain('name two or more');
    expect((await hone('runs', 'compare', 'wide', 'aaaaaa1')).err).toContain('with itself');
  });
});

describe('hone runs leaderboard', () => {
  test('ranks by the metric and says which end is best', async () => {
    const { status, out } = await hone('runs', 'leaderboard', '--metric', 'loss');
    expect(status).toBe(0);
    expect(out).toMatch(/^loss, lowest first\n\nrank +loss +run +name/);
    expect(out).toMatch(/^ +1 +0\.75 +aaaaaa20 +deep +support/m);
    expect(out).toMatch(/^ +2 +1\.25 +aaaaaa10 +wide/m);
    expect(out).not.toContain('broken');
    const json = JSON.parse((await hone('runs', 'leaderboard', '--metric', 'loss', '--max', '--json')).out);
    expect(json).toMatchObject({ order: 'max', entries: [{ rank: 1, name: 'wide' }, { rank: 2 }] });
  });

  test.each([
    [['--metric', 'los'], "Did you mean 'loss'?"],
    [['--metric', 'loss', '--min', '--max'], 'give one'],
  ])('%j is refused', async (argv, message) => {
    const { status, err } = await hone('runs', 'leaderboard', ...argv);
    expect(status).toBe(2);
    expect(err).toContain(message);
  });
});

describe('hone runs export', () => {
  test('writes CSV to standard output, and nothing else there', async () => {
    const { out, err } = await hone('runs', 'export', '--experiment', 'support');
    expect(err).toBe('');
    expect(out.split('\n')[0]).toContain('metrics.loss');
    expect(out.trimEnd().split('\n')).toHaveLength(5);
  });

  test('tells the format from the name of the file', async () => {
    const file = join(data, 'out.json');
    const { out, err } = await hone('runs', 'export', '--output', file);
    expect([out, err]).toEqual(['', `4 runs in ${file}\n`]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveLength(4);
    expect((await hone('runs', 'export', '--output', join(data, 'x.doc'))).err).toContain('give --format');
  });
});

describe('hone runs delete, restore and gc', () => {
  test('delete and restore go there and back', async () => {
    expect((await hone('runs', 'delete', 'broken')).out).toContain(`Deleted run ${ids.broken}`);
    expect((await hone('runs', 'ls')).out).not.toContain('broken');
    expect((await hone('runs', 'ls', '--view', 'deleted')).out).toContain('broken');
    expect((await hone('runs', 'restore', 'broken')).out).toContain('Restored');
    expect((await hone('runs', 'ls')).out).toContain('broken');
    expect((await hone('runs', 'delete')).err).toContain('name runs');
  });

  test('gc tells what would go, refuses without --yes, then deletes for good', async () => {
    await hone('runs', 'delete', 'child');
    const { out } = await hone('runs', 'gc', '--dry-run');
    expect(out).toMatch(/^runs +1$/m);
    expect(out).toContain(`run         ${ids.child}  child`);
    const refused = await hone('runs', 'gc');
    expect([refused.status, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain('--dry-run');
    expect((await hone('runs', 'gc', '--older-than', '1d', '--yes')).out).toContain('0 runs');
    expect((await hone('runs', 'gc', '--yes')).out).toBe('Deleted for good: 1 runs\n');
    expect((await hone('runs', 'gc', '--dry-run')).err).toContain('Nothing is deleted');
    expect((await hone('runs', 'show', ids.child)).status).toBe(2);
  });

  test('delete --permanent needs --yes', async () => {
    expect((await hone('runs', 'delete', 'broken', '--permanent')).err).toContain('add --yes');
    expect((await hone('runs', 'delete', 'broken', '--permanent', '--yes')).out).toContain('for good');
    expect((await hone('runs', 'show', ids.broken)).status).toBe(2);
  });
});

test('hone runs sync says where there is nothing to send', async () => {
  const { terminal, written } = capturedTerminal();
  expect(await run(['runs', 'sync', join(data, 'artifacts')], terminal)).toBe(2);
  expect(written.err).toContain('Cannot send the record in');
});
