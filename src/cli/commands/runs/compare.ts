// `hone runs compare`: runs side by side, by default only where they differ.
import type { Command } from 'commander';
import type { ComparedRow, RunComparison } from '../../../app/index.ts';
import { addSourceOptions, type SourceOptions } from '../../location-options.ts';
import { formatTable } from '../../table/table.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { formatMetric } from '../../train/format.ts';
import { shortId } from './cells.ts';
import { type RunWorkflows, withSource } from './with-source.ts';

type CompareOptions = SourceOptions & { readonly all?: true; readonly json?: true };

export function defineCompare(command: Command, terminal: Terminal): void {
  command
    .description(
      'Compares runs: parameters, metrics with their difference from the first run, tags, datasets.',
    )
    .argument('<run...>', 'two or more: ids, their first six digits, or names')
    .option('--all', 'also what is the same')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone runs compare 3f9a01 77ac2e
  hone runs compare baseline wider deeper --all`,
    )
    .action((names: readonly string[], options: CompareOptions) => compare(names, options, terminal));
  addSourceOptions(command);
}

async function compare(names: readonly string[], options: CompareOptions, terminal: Terminal): Promise<void> {
  await withSource(options, async (runs, source) => {
    const comparison = await runs.compareRuns(source, names);
    const wanted = <T extends ComparedRow<unknown>>(rows: readonly T[]) =>
      options.all ? rows : rows.filter(({ differs }) => differs);
    const chosen = {
      ...comparison,
      params: wanted(comparison.params),
      metrics: wanted(comparison.metrics),
      tags: wanted(comparison.tags),
      datasets: wanted(comparison.datasets),
    };
    if (options.json) terminal.out.write(`${JSON.stringify(recordOf(runs, chosen))}\n`);
    else describe(chosen, terminal);
  });
}

function recordOf(runs: RunWorkflows, { runs: compared, params, metrics, tags, datasets }: RunComparison) {
  const number = (value: number | undefined) => (value === undefined ? null : runs.jsonNumber(value));
  const texts = (rows: readonly ComparedRow<string>[]) =>
    rows.map(({ key, values, differs }) => ({ key, values: values.map((value) => value ?? null), differs }));
  return {
    runs: compared.map(({ info }) => ({ runId: info.runId, name: info.name, status: info.status })),
    params: texts(params),
    metrics: metrics.map(({ key, values, differences, differs }) => ({
      key,
      values: values.map(number),
      differences: differences.map(number),
      differs,
    })),
    tags: texts(tags),
    datasets: texts(datasets),
  };
}

function describe({ runs, params, metrics, tags, datasets }: RunComparison, { out, err }: Terminal): void {
  const texts = (rows: readonly ComparedRow<string>[]) =>
    rows.map(({ key, values }) => [key, ...values.map((value) => value ?? '-')]);
  const parts: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    ['Parameters', texts(params)],
    [
      'Metrics',
      metrics.map(({ key, values, differences }) => [
        key,
        ...values.map((value, index) => metricText(value, differences[index])),
      ]),
    ],
    ['Tags', texts(tags)],
    ['Datasets', texts(datasets)],
  ];
  const heads = runs.map(({ info }) => `${shortId(info.runId)} ${info.name}`);
  for (const [title, rows] of parts) {
    if (rows.length === 0) continue;
    const columns = [
      { title, isFlexible: true },
      ...heads.map((head) => ({ title: head, isFlexible: title !== 'Metrics', isOptional: false })),
    ];
    out.write(`${formatTable(out, columns, rows).text}\n`);
  }
  if (parts.every(([, rows]) => rows.length === 0))
    err.write(`${paint(err, 'dim', 'The runs differ in nothing; --all shows what they have')}\n`);
}

/** `0.5  (+0.1)` */
function metricText(value: number | undefined, difference: number | undefined): string {
  if (value === undefined) return '-';
  if (difference === undefined || difference === 0 || Number.isNaN(difference)) return formatMetric(value);
  return `${formatMetric(value)}  (${difference > 0 ? '+' : ''}${formatMetric(difference)})`;
}
