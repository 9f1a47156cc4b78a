// `hone runs ls`: runs in a table, the newest first unless asked otherwise.
import type { Command } from 'commander';
import type { Column, RunList } from '../../../app/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { formatTable } from '../../table/table.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { cellText, tableColumn } from './cells.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from './selection-options.ts';
import { type RunWorkflows, withSource } from './with-source.ts';

type ListOptions = SelectionOptions & {
  readonly limit: number;
  readonly columns?: string;
  readonly json?: true;
};

export function defineList(command: Command, terminal: Terminal): void {
  command
    .description('Lists runs of some experiments or all, filtered and ordered.')
    .option('-n, --limit <count>', 'runs listed', positiveInteger, 20)
    .option('--columns <names>', 'by comma: run_id, name, status, metrics.loss, params.lr, tags.team, ...')
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone runs ls
  hone runs ls --experiment support --filter "metrics.loss < 1" --order-by "metrics.loss ASC" --limit 5
  hone runs ls --columns run_id,params.learning_rate,metrics.loss
  hone runs ls --uri http://127.0.0.1:5000 --json`,
    )
    .action((options: ListOptions) => list(options, terminal));
  addSelectionOptions(command);
}

async function list(options: ListOptions, terminal: Terminal): Promise<void> {
  await withSource(options, async (runs, source) => {
    const found = await runs.listRuns(source, { ...selectionOf(options), limit: options.limit });
    if (options.json) {
      const records = found.runs.map((run) => runs.runRecord(run, found.experiments));
      terminal.out.write(`${JSON.stringify(records)}\n`);
    } else if (found.runs.length > 0) printTable(runs, found, { options, terminal });
    else terminal.err.write(`${emptyText(options, source.description)}\n`);
    for (const sentence of found.advice) terminal.err.write(`${sentence}\n`);
  });
}

function printTable(
  runs: RunWorkflows,
  found: RunList,
  { options, terminal: { out, err } }: { readonly options: ListOptions; readonly terminal: Terminal },
): void {
  const columns = chosenColumns(runs, found, options);
  const table = formatTable(
    out,
    columns.map(({ column, isOptional }) => ({ ...tableColumn(column), isOptional })),
    found.runs.map((run) => columns.map(({ column }) => cellText(column, run))),
  );
  out.write(table.text);
  const notes = [
    ...(found.hasMore ? [`More than ${options.limit} runs: --limit shows more`] : []),
    ...(table.omitted.length > 0 ? [`No room for ${table.omitted.join(', ')}: --columns chooses`] : []),
  ];
  for (const note of notes) err.write(`${paint(err, 'dim', note)}\n`);
}

type Chosen = { readonly column: Column; readonly isOptional: boolean };

/** Those asked for; else what a run is, and the metrics and the differing parameters of most runs. */
function chosenColumns(
  runs: RunWorkflows,
  found: RunList,
  { columns, orderBy = [] }: ListOptions,
): readonly Chosen[] {
  const keys = runs.keysOf(found.runs);
  const context = { keys, experiments: found.experiments };
  if (columns !== undefined) {
    const names = columns.split(',').map((name) => name.trim());
    return runs.columnsOf(names, context).map((column) => ({ column, isOptional: false }));
  }
  const severalExperiments = new Set(found.runs.map(({ info }) => info.experimentId)).size > 1;
  const usual = [
    'run_id',
    'name',
    ...(severalExperiments ? ['experiment'] : []),
    'status',
    'start_time',
    'duration',
  ];
  const asked = orderBy.flatMap((text) => /^(?:metrics?)\.[`"]?([^`"\s]+)/.exec(text)?.[1] ?? []);
  const metrics = [
    ...new Set([...asked.filter((key) => keys.metrics.has(key)), ...runs.commonMetrics(found.runs)]),
  ];
  return [
    ...runs.columnsOf(usual, context).map((column) => ({ column, isOptional: false })),
    ...metrics.map((key) => ({ column: runs.keyedColumn('metrics', key), isOptional: true })),
  ];
}

function emptyText({ filter, experiment, view }: ListOptions, place: string): string {
  if (filter !== undefined) return 'No run fits the filter; try without --filter';
  const others = view === 'active' ? '; --view all shows deleted ones too' : '';
  if (experiment !== undefined)
    return `No ${view === 'deleted' ? 'deleted ' : ''}runs in ${experiment.join(', ')}${others}`;
  return `No runs in ${place}${others}. Start a training, or log to it: hone server`;
}
