// What a server over a large store does: searches, deep pages, histories, one write.
import { median, percentile } from '../statistics.ts';
import { TrackingClient } from '../tracking-client.ts';
import { repeat } from '../turn/repeat.ts';
import { expectRuns, walkPages } from '../turn/search-pages.ts';
import { type Filled, LONG_HISTORY } from './fill.ts';
import { stepsPerRun } from './plan.ts';
import { type Query, queries } from './queries.ts';

/** Milliseconds; a missed target is marked. */
export type ScaleReading = {
  readonly label: string;
  readonly p50: number;
  readonly p95: number;
  readonly target?: number;
};

const PAGE = 100;
const DEEP_PAGE = 100;
const SEARCHES = { times: 30, warmUp: 3 };
const SEARCH_TARGET = 100;

/** `or`: whether the server's grammar has OR. */
export async function measureScale(
  url: string,
  { filled, or }: { readonly filled: Filled; readonly or: boolean },
): Promise<readonly ScaleReading[]> {
  const client = new TrackingClient(url);
  try {
    const readings: ScaleReading[] = [];
    for (const query of queries) {
      if (or || query.beyondMlflow !== true) readings.push(await measureQuery(client, { query, filled }));
    }
    readings.push(...(await measurePages(client, filled)));
    readings.push(...(await measureOneRun(client, filled)));
    return readings;
  } finally {
    client.close();
  }
}

async function measureQuery(
  client: TrackingClient,
  { query, filled }: { readonly query: Query; readonly filled: Filled },
): Promise<ScaleReading> {
  const times = await repeat(SEARCHES, (turn) => {
    const filter = query.filter(turn);
    const search = {
      experiment_ids: [filled.experiment],
      ...(filter !== '' && { filter }),
      order_by: query.orderBy,
      max_results: PAGE,
    };
    return expectRuns(client, search, Math.min(PAGE, countMatching(query, { filled, turn })));
  });
  return reading(query.label, times, SEARCH_TARGET);
}

function countMatching(
  query: Query,
  { filled, turn }: { readonly filled: Filled; readonly turn: number },
): number {
  let count = 0;
  for (let run = 0; run < filled.plan.runs && count < PAGE; run++) {
    if (query.matches?.(run, turn) ?? true) count++;
  }
  return count;
}

async function measurePages(client: TrackingClient, filled: Filled): Promise<readonly ScaleReading[]> {
  const search = {
    experiment_ids: [filled.experiment],
    order_by: ['metrics.accuracy DESC'],
    max_results: PAGE,
  };
  const last = Math.max(1, Math.min(DEEP_PAGE, Math.floor(filled.plan.runs / PAGE)));
  const deep = await walkPages(client, { search, page: last });
  const first = await repeat(SEARCHES, () => client.searchRuns(search));
  const there = await repeat(SEARCHES, () => client.searchRuns(deep));
  return [
    reading('first page, by metric', first, SEARCH_TARGET),
    reading(`page ${last}, by metric`, there, SEARCH_TARGET),
  ];
}

async function measureOneRun(client: TrackingClient, filled: Filled): Promise<readonly ScaleReading[]> {
  const { middleRun, longRun, plan } = filled;
  const history = async (run: string, options: { readonly key: string; readonly points: number }) => {
    const answer = await client.metricHistory(run, options.key);
    if (answer.value === options.points) return answer;
    throw new Error(`Cannot go on: a history of ${answer.value} points, not ${options.points}`);
  };
  const points = stepsPerRun(plan);
  const short = await repeat(SEARCHES, () => history(middleRun, { key: 'loss', points }));
  const long = await repeat({ times: 5, warmUp: 1 }, () =>
    history(longRun, { key: 'metric_0', points: LONG_HISTORY }),
  );
  const { value: run } = await client.createRun(filled.experiment, { startTime: 0 });
  const logged = await repeat({ times: 200, warmUp: 50 }, (step) =>
    client.logMetric(run.id, { key: 'bench', value: step, timestamp: Date.now(), step }),
  );
  return [
    reading(`history of one run (${points} points)`, short),
    reading(`history of one run (${LONG_HISTORY} points)`, long),
    reading('log-metric', logged),
  ];
}

function reading(label: string, times: readonly number[], target?: number): ScaleReading {
  return {
    label,
    p50: median(times),
    p95: percentile(times, 0.95),
    ...(target !== undefined && { target }),
  };
}
