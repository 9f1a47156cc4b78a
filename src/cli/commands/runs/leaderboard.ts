// `hone runs leaderboard`: the best runs by a metric.
import type { Command } from 'commander';
import type { Leaderboard, MetricOrder } from '../../../app/index.ts';
import { InputError } from '../../../core/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { addSourceOptions, type SourceOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { formatAge } from '../../table/times.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { formatMetric } from '../../train/format.ts';
import { shortId } from './cells.ts';
import { withSource } from './with-source.ts';

/** Which end of a metric is best. */
export type RankingOptions = { readonly min?: true; readonly max?: true };

type LeaderboardOptions = SourceOptions &
  RankingOptions & {
    readonly metric: string;
    readonly experiment?: readonly string[];
    readonly filter?: string;
    readonly limit: number;
    readonly json?: true;
  };

export function defineLeaderboard(command: Command, terminal: Terminal): void {
  command
    .description('Ranks runs of one experiment or several by a metric; equal values share a rank.')
    .requiredOption('--metric <name>', 'what to rank by')
    .option('--min', 'the lowest value is best (of losses, errors and times, unless --max is given)')
    .option('--max', 'the highest value is best (of all else, unless --min is given)')
    .option('-e, --experiment <name...>', 'names or ids of experiments; all unless given')
    .option('--filter <text>', 'which runs')
    .option('-n, --limit <count>', 'runs listed', positiveInteger, 20)
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone runs leaderboard --metric eval_loss --min
  hone runs leaderboard --metric accuracy --experiment support sales --json`,
    )
    .action((options: LeaderboardOptions) => leaderboard(options, terminal));
  addSourceOptions(command);
}

/** @throws InputError where both are given */
export function orderOf({ min, max }: RankingOptions): MetricOrder | undefined {
  if (min && max) throw new InputError('Cannot take both --min and --max; give one');
  return min ? 'min' : max ? 'max' : undefined;
}

async function leaderboard(options: LeaderboardOptions, { out }: Terminal): Promise<void> {
  const { metric, experiment, filter, limit } = options;
  const order = orderOf(options);
  await withSource(options, async (runs, source) => {
    const board = await runs.leaderboard(source, {
      metric,
      limit,
      ...(order && { order }),
      ...(experiment && { experiments: experiment }),
      ...(filter !== undefined && { filter }),
    });
    if (options.json) {
      const entries = board.entries.map(({ rank, value, run }) => {
        return { rank, value: runs.jsonNumber(value), ...runs.runRecord(run, board.experiments) };
      });
      out.write(`${JSON.stringify({ metric, order: board.order, entries })}\n`);
      return;
    }
    out.write(`${paint(out, 'bold', metric)}, ${board.order === 'min' ? 'lowest' : 'highest'} first\n\n`);
    out.write(boardText(out, board));
  });
}

function boardText(out: Terminal['out'], { metric, entries, experiments }: Leaderboard): string {
  return formatTable(
    out,
    [
      { title: 'rank', align: 'right' },
      { title: metric, align: 'number', isFlexible: true },
      { title: 'run' },
      { title: 'name', isFlexible: true },
      { title: 'experiment', isFlexible: true },
      { title: 'status', isOptional: true },
      { title: 'started', isOptional: true },
    ],
    entries.map(({ rank, value, run: { info } }) => [
      String(rank),
      formatMetric(value),
      shortId(info.runId),
      info.name,
      experiments.get(info.experimentId)?.name ?? info.experimentId,
      info.status,
      info.startTime === 0 ? '' : formatAge(info.startTime),
    ]),
  ).text;
}
