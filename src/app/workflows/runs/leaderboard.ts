// The best runs by a metric, over one experiment or several.
import { NotFoundError } from '../../../core/index.ts';
import type { Experiment, Run } from '../../../tracking/index.ts';
import { searchPages } from './find-runs.ts';
import { adviseOnKeys } from './key-advice.ts';
import { type RunSelection, resolveSelection } from './list-runs.ts';
import { type MetricOrder, ranksOf, usualOrder } from './metric-order.ts';
import type { RunSource } from './run-source.ts';

export type LeaderboardRequest = Omit<RunSelection, 'orderBy'> & {
  readonly metric: string;
  /** By default what the metric's name says. */
  readonly order?: MetricOrder;
  readonly limit: number;
};

/** Equal values share a rank. */
export type Ranked = { readonly rank: number; readonly value: number; readonly run: Run };

export type Leaderboard = {
  readonly metric: string;
  readonly order: MetricOrder;
  readonly entries: readonly Ranked[];
  /** By id. */
  readonly experiments: ReadonlyMap<string, Experiment>;
};

/** The best `limit` runs. @throws NotFoundError where no run has the metric, with the nearest one */
export async function leaderboard(source: RunSource, request: LeaderboardRequest): Promise<Leaderboard> {
  const { metric, limit, order = usualOrder(metric), ...selection } = request;
  const orderBy = [`metrics.\`${metric}\` ${order === 'min' ? 'ASC' : 'DESC'}`];
  const { experiments, query } = await resolveSelection(source, { ...selection, orderBy });
  const found: { readonly value: number; readonly run: Run }[] = [];
  for await (const runs of searchPages(source, { ...query, limit }))
    for (const run of runs) {
      const value = run.metrics.find(({ key }) => key === metric)?.value;
      // Runs without it, and those with NaN, come last
      if (value !== undefined && !Number.isNaN(value)) found.push({ value, run });
    }
  if (found.length === 0)
    throw await nothingToRank(source, { ...request, experimentIds: query.experimentIds });
  const ranks = ranksOf(found.map(({ value }) => value));
  const entries = found.map((entry, index) => ({ rank: ranks[index] ?? index + 1, ...entry }));
  return { metric, order, entries, experiments };
}

async function nothingToRank(
  source: RunSource,
  { metric, filter, experimentIds }: LeaderboardRequest & { readonly experimentIds: readonly string[] },
): Promise<NotFoundError> {
  const advice = await adviseOnKeys(source, experimentIds, { filter, orderBy: [`metrics.\`${metric}\``] });
  const [first] = advice;
  return new NotFoundError(
    `Cannot rank by '${metric}': no run${filter === undefined ? '' : ' that fits the filter'} has a number for it${first === undefined ? '' : `. ${first}`}`,
  );
}
