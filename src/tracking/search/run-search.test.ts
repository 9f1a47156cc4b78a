// Searches of runs against the same search done by hand on all runs: filters, orderings, pages.
import { expect, test } from 'vitest';
import { describeDatabases, type OpenDatabase } from '../../testing/databases.ts';
import { loggedModelsMigration, openTracking, type Run, trackingMigration } from '../index.ts';

/** Where runs come in a search: their values, NaN, none; then the latest start, then the id. */
const orderings: Readonly<Record<string, (a: Run, b: Run) => number>> = {
  'metrics.m ASC': byMetric(1),
  'metrics.m DESC': byMetric(-1),
  'params.p': (a, b) => byText(param(a), param(b), 1),
  'params.p DESC': (a, b) => byText(param(a), param(b), -1),
  'attributes.start_time ASC': (a, b) => a.info.startTime - b.info.startTime,
  'attributes.end_time DESC': (a, b) => byNumber(a.info.endTime, b.info.endTime, -1),
  'metrics.never': () => 0,
};

const filters: Readonly<Record<string, (run: Run) => boolean>> = {
  '': () => true,
  'metrics.m > 2': (run) => (metric(run) ?? Number.NaN) > 2,
  'metrics.m != 2': (run) => metric(run) !== undefined && metric(run) !== 2,
  "params.p = 'b'": (run) => param(run) === 'b',
  "params.p != 'b'": (run) => param(run) !== undefined && param(run) !== 'b',
  "NOT (params.p = 'b')": (run) => param(run) !== 'b',
  'params.p IS NULL': (run) => param(run) === undefined,
  "params.p LIKE 'A%'": (run) => param(run)?.startsWith('A') === true,
  "params.p ILIKE 'a%'": (run) => param(run)?.toLowerCase().startsWith('a') === true,
  "metrics.m >= 1 AND (params.p = 'a' OR params.p = 'b') AND NOT metrics.m = 3": (run) =>
    (metric(run) ?? Number.NaN) >= 1 && ['a', 'b'].includes(param(run) ?? '') && metric(run) !== 3,
  "attributes.status = 'FINISHED' OR tags.t = 'x'": (run) =>
    run.info.status === 'FINISHED' || tag(run) === 'x',
  'attributes.start_time > 20': (run) => run.info.startTime > 20,
  'metrics.never > 0': () => false,
};

await describeDatabases([trackingMigration, loggedModelsMigration], (open) => {
  test('RunSearch finds what a filter means, in the order asked for, page by page', async () => {
    const { tracking, runs } = await populate(open);
    const failures: string[] = [];
    for (const [filter, holds] of Object.entries(filters))
      for (const [ordering, compare] of Object.entries(orderings)) {
        const wanted = runs.filter(holds).sort((a, b) => compare(a, b) || byStart(a, b) || byId(a, b));
        const query = { experimentIds: ['0'], filter, orderBy: [ordering] };
        for (const maxResults of [4, 1000]) {
          const found: string[] = [];
          let pageToken = '';
          do {
            const page = await tracking.runSearch.page({ ...query, maxResults, pageToken });
            found.push(...page.items.map(({ info }) => info.runId));
            pageToken = page.nextPageToken ?? '';
          } while (pageToken !== '');
          if (found.join() !== wanted.map(({ info }) => info.runId).join())
            failures.push(`${filter} | ${ordering} | ${maxResults}`);
        }
      }
    expect(failures).toEqual([]);
  }, 120_000);

  test('RunSearch looks at the experiments and the lifecycle asked for', async () => {
    const { tracking, runs } = await populate(open);
    const [first] = runs;
    const other = await tracking.experiments.create({ name: 'other' });
    const elsewhere = await tracking.runs.create({ experimentId: other });
    await tracking.runs.delete(first?.info.runId ?? '');
    const ids = async (experimentIds: string[], view: 'active' | 'deleted' | 'all') =>
      (await tracking.runSearch.page({ experimentIds, view })).items.map(({ info }) => info.runId);
    expect(await ids(['0'], 'deleted')).toEqual([first?.info.runId]);
    expect(await ids([other], 'active')).toEqual([elsewhere.info.runId]);
    expect(await ids(['0', other], 'active')).toHaveLength(runs.length);
    expect(await ids(['0', other], 'all')).toHaveLength(runs.length + 1);
  });

  test('RunSearch refuses the token of another search', async () => {
    const { tracking } = await populate(open);
    const { nextPageToken = '' } = await tracking.runSearch.page({ experimentIds: ['0'], maxResults: 3 });
    const search = (filter: string, pageToken: string) =>
      tracking.runSearch.page({ experimentIds: ['0'], filter, pageToken });
    await expect(search('metrics.m > 1', nextPageToken)).rejects.toThrow(
      'it belongs to another filter or order_by',
    );
    await expect(search('', 'xx')).rejects.toThrow('Invalid page token, could not base64-decode');
  });
});

/** Sixty runs: some without the metric, some with NaN, many ties. */
async function populate(open: OpenDatabase) {
  const tracking = await openTracking(await open(), { artifactLocationOf: (id) => `x:/${id}` });
  for (let i = 0; i < 60; i++) {
    const { info } = await tracking.runs.create({ experimentId: '0', startTime: i % 30, name: `r${i}` });
    const metrics =
      i % 5 === 4 ? [] : [{ key: 'm', value: i % 5 === 3 ? Number.NaN : i % 4, timestamp: 1, step: 1 }];
    const params =
      i % 7 === 0
        ? []
        : [{ key: 'p', value: ['a', 'b', 'A', 'Ab', 'é', 'x'.repeat(300) + (i % 2)][i % 6] ?? '' }];
    const tags = i % 3 === 0 ? [{ key: 't', value: i % 2 === 0 ? 'x' : 'y' }] : [];
    await tracking.log.batch(info.runId, { metrics, params, tags });
    if (i % 4 === 0) await tracking.runs.update(info.runId, { status: 'FINISHED', endTime: i % 8 });
  }
  return { tracking, runs: [...(await tracking.runSearch.page({ experimentIds: ['0'] })).items] };
}

function metric({ metrics }: Run): number | undefined {
  return metrics.find(({ key }) => key === 'm')?.value;
}
function param({ params }: Run): string | undefined {
  return params.find(({ key }) => key === 'p')?.value;
}
function tag({ tags }: Run): string | undefined {
  return tags.find(({ key }) => key === 't')?.value;
}

function byStart(a: Run, b: Run): number {
  return b.info.startTime - a.info.startTime;
}
function byId(a: Run, b: Run): number {
  return a.info.runId < b.info.runId ? -1 : 1;
}

function byMetric(sign: 1 | -1) {
  return (a: Run, b: Run): number => {
    const rank = (run: Run) => (metric(run) === undefined ? 2 : Number.isNaN(metric(run)) ? 1 : 0);
    return rank(a) - rank(b) || (rank(a) === 0 ? byNumber(metric(a), metric(b), sign) : 0);
  };
}

function byNumber(a: number | undefined, b: number | undefined, sign: 1 | -1): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return sign * (a - b);
}

function byText(a: string | undefined, b: string | undefined, sign: 1 | -1): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return a === b ? 0 : a < b ? -sign : sign;
}
