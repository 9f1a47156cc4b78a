// Populates an experiment with 1,100 runs, the first 1,000 by the clock, and searches it.
import type { Readings } from '../measures.ts';
import { median, percentile } from '../statistics.ts';
import type { Page, Search, Timed, TrackingClient } from '../tracking-client.ts';
import { repeat } from './repeat.ts';
import { expectRuns, walkPages } from './search-pages.ts';

const TIMED_RUNS = 1000;
const RUNS = 1100;
const PAGE = 100;

/** Spreads 0..RUNS-1 evenly over 0..1: 7 and 1,100 have no common divisor. */
function spread(run: number, of: number): number {
  return ((run * 7 + of * 131) % RUNS) / RUNS;
}

export async function measureSearch(client: TrackingClient): Promise<Readings> {
  const experiment = await client.createExperiment('search');
  const start = performance.now();
  for (let run = 0; run < TIMED_RUNS; run++) await populate(client, { experiment, run });
  const populated = (performance.now() - start) / 1000;
  for (let run = TIMED_RUNS; run < RUNS; run++) await populate(client, { experiment, run });
  const all = { experiment_ids: [experiment], max_results: TIMED_RUNS };
  const filtered = await repeat({ times: 100, warmUp: 10 }, (i) =>
    filteredSearch(client, { experiment, turn: i }),
  );
  const full = await repeat({ times: 5, warmUp: 1 }, () => expectRuns(client, all, TIMED_RUNS));
  return {
    populate: populated,
    searchP50: median(filtered),
    searchP95: percentile(filtered, 0.95),
    fullSearch: median(full),
    ...(await measurePages(client, { experiment_ids: [experiment], max_results: PAGE })),
  };
}

async function populate(
  client: TrackingClient,
  { experiment, run }: { readonly experiment: string; readonly run: number },
): Promise<void> {
  const { value } = await client.createRun(experiment, { name: `run-${run}`, startTime: Date.now() });
  await client.logBatch(value.id, {
    metrics: Array.from({ length: 10 }, (_, i) => ({
      ...{ key: `metric_${i}`, value: spread(run, i), timestamp: Date.now(), step: 0 },
    })),
    params: Array.from({ length: 10 }, (_, i) => ({ key: `param_${i}`, value: `value-${(run + i) % 4}` })),
  });
}

/** The bounds change from search to search, so that no server answers from a cache of answers. */
function filteredSearch(
  client: TrackingClient,
  { experiment, turn }: { readonly experiment: string; readonly turn: number },
): Promise<Timed<Page>> {
  const bound = 0.5 + turn / 1000;
  const search = {
    experiment_ids: [experiment],
    filter: `metrics.metric_0 > ${bound} and params.param_1 = 'value-${turn % 4}'`,
    order_by: ['metrics.metric_2 DESC'],
    max_results: PAGE,
  };
  const matching = Array.from({ length: RUNS }, (_, run) => run).filter(
    (run) => spread(run, 0) > bound && (run + 1) % 4 === turn % 4,
  );
  return expectRuns(client, search, Math.min(PAGE, matching.length));
}

async function measurePages(client: TrackingClient, search: Search): Promise<Readings> {
  const tenth = await walkPages(client, { search, page: 10 });
  const pages = { times: 20, warmUp: 2 };
  const firstPage = median(await repeat(pages, () => expectRuns(client, search, PAGE)));
  const tenthPage = median(await repeat(pages, () => expectRuns(client, tenth, PAGE)));
  return { firstPage, tenthPage, pageCost: tenthPage / firstPage };
}
