// `hone runs export`: runs as CSV, JSON, Parquet or a report in Markdown.
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import type { ExportFormat } from '../../../app/index.ts';
import { InputError } from '../../../core/index.ts';
import type { Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';
import { orderOf, type RankingOptions } from './leaderboard.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from './selection-options.ts';
import { withSource } from './with-source.ts';

type ExportOptions = SelectionOptions &
  RankingOptions & {
    readonly format?: ExportFormat;
    readonly output?: string;
    readonly history?: true;
    readonly metric?: string;
  };

const formats: readonly ExportFormat[] = ['csv', 'json', 'parquet', 'md'];

export function defineExport(command: Command, terminal: Terminal): void {
  command
    .description('Exports runs of whole experiments, or those that a filter selects, however many there are.')
    .addOption(
      new Option('--format <name>', "csv unless given, or told from the output's name").choices(formats),
    )
    .option('-o, --output <file>', 'file to write; standard output unless given')
    .option('--history', 'every value of every metric: a row each, in JSON within each run')
    .option('--metric <name>', 'what the leaderboard of a report ranks by')
    .option('--min', 'the lowest value of that metric is best')
    .option('--max', 'the highest is')
    .addHelpText(
      'after',
      `
CSV and Parquet have a column for each parameter, metric and tag; the report (md) has the best run by each metric, a leaderboard
and all runs.

Examples:
  hone runs export --experiment support --output support.csv
  hone runs export --filter "metrics.loss < 1" --output runs.parquet
  hone runs export --history --format csv > history.csv
  hone runs export --experiment support --metric eval_loss --min --output report.md`,
    )
    .action((options: ExportOptions) => exportTo(options, terminal));
  addSelectionOptions(command);
}

async function exportTo(options: ExportOptions, { out, err }: Terminal): Promise<void> {
  const { output, history, metric } = options;
  const order = orderOf(options);
  const format = options.format ?? formatOf(output);
  await withSource(options, async (runs, source) => {
    const request = {
      ...selectionOf(options),
      format,
      ...(history && { withHistory: true }),
      ...(metric !== undefined && { metric }),
      ...(order && { order }),
    };
    const target = output === undefined ? { write: (text: string) => out.write(text) } : { file: output };
    const count = await runs.exportRuns(source, request, target);
    if (output !== undefined)
      err.write(`${formatCount(count)} ${count === 1 ? 'run' : 'runs'} in ${output}\n`);
    else if (count === 0) err.write('There was no run to export; hone runs ls shows what there is\n');
  });
}

function formatOf(output: string | undefined): ExportFormat {
  if (output === undefined) return 'csv';
  const ending = extname(output).slice(1).toLowerCase();
  const found = formats.find((format) => format === ending) ?? (ending === 'markdown' ? 'md' : undefined);
  if (found === undefined)
    throw new InputError(
      `Cannot tell the format of '${output}'; give --format ${formats.join(', ')}, or a name that ends so`,
    );
  return found;
}
