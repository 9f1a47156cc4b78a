// `hone runs show`: everything about one run.
import type { Command } from 'commander';
import type { ArtifactTree, MetricSummary, Run, RunDetails } from '../../../app/index.ts';
import { addSourceOptions, type SourceOptions } from '../../location-options.ts';
import { formatBytes } from '../../table/sizes.ts';
import { sparkline } from '../../table/sparkline.ts';
import { formatTable } from '../../table/table.ts';
import { cut, shown } from '../../table/text-width.ts';
import { formatAge, formatSpan, formatTime } from '../../table/times.ts';
import { type Output, paint, type Terminal } from '../../terminal.ts';
import { formatCount, formatMetric } from '../../train/format.ts';
import { shortId } from './cells.ts';
import { type RunWorkflows, withSource } from './with-source.ts';

type ShowOptions = SourceOptions & { readonly json?: true; readonly all?: true };

export function defineShow(command: Command, terminal: Terminal): void {
  command
    .description(
      'Shows a run: parameters, metrics with their histories, tags, inputs, artifacts, parent and children.',
    )
    .argument('<run>', 'its id, six or more of its first digits, or its name')
    .option('--all', "also MLflow's own tags and the machine's metrics")
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone runs show 3f9a01
  hone runs show 3f9a01 --json`,
    )
    .action((name: string, options: ShowOptions) => show(name, options, terminal));
  addSourceOptions(command);
}

async function show(name: string, options: ShowOptions, { out }: Terminal): Promise<void> {
  await withSource(options, async (runs, source) => {
    const details = await runs.showRun(source, name);
    if (options.json) out.write(`${JSON.stringify(recordOf(runs, details))}\n`);
    else describe(runs, details, { out, all: options.all === true });
  });
}

function recordOf(runs: RunWorkflows, { run, experiment, artifacts, ...details }: RunDetails) {
  const experiments = new Map(experiment === undefined ? [] : [[experiment.id, experiment]]);
  const number = (value: number | undefined) => (value === undefined ? null : runs.jsonNumber(value));
  const histories = details.metrics.map(({ key, latest, step, count, min, max }) => [
    key,
    { latest: number(latest), step, count, min: number(min), max: number(max) },
  ]);
  return {
    ...runs.runRecord(run, experiments),
    histories: Object.fromEntries(histories),
    modelsIn: run.inputs.models,
    modelsOut: run.outputs,
    artifacts: artifacts.entries,
    artifactsCut: artifacts.isCut,
    artifactsTrouble: artifacts.trouble ?? null,
    parentRunId: details.parent?.info.runId ?? null,
    children: details.children.map(({ info }) => info.runId),
  };
}

function describe(
  runs: RunWorkflows,
  details: RunDetails,
  { out, all }: { readonly out: Output; readonly all: boolean },
): void {
  const isShown = ({ key }: { readonly key: string }) => all || !runs.isInternal(key);
  const { run, experiment, parent, children } = details;
  out.write(headText(out, run, experiment?.name));
  if (parent !== undefined) out.write(fact('parent', `${shortId(parent.info.runId)}  ${parent.info.name}`));
  section(out, 'Parameters', pairLines(out, run.params));
  section(out, 'Metrics', metricLines(out, details.metrics.filter(isShown)));
  section(out, 'Tags', pairLines(out, run.tags.filter(isShown)));
  section(out, 'Inputs', inputLines(run));
  section(
    out,
    'Models',
    run.outputs.map(({ modelId, step }) => `${modelId}  step ${step}`),
  );
  section(out, 'Artifacts', artifactLines(details.artifacts));
  section(
    out,
    'Children',
    children.map(({ info }) => `${shortId(info.runId)}  ${info.status}  ${info.name}`),
  );
}

function headText(out: Output, { info }: Run, experiment: string | undefined): string {
  const started =
    info.startTime === 0 ? 'unknown' : `${formatTime(info.startTime)} UTC (${formatAge(info.startTime)})`;
  const span = info.endTime === undefined ? '' : `, took ${formatSpan(info.endTime - info.startTime)}`;
  const deleted = info.lifecycle === 'deleted' ? ', deleted' : '';
  return [
    `${paint(out, 'bold', shown(info.name))}\n`,
    fact('run', info.runId),
    fact('experiment', `${experiment ?? 'unknown'} (${info.experimentId})`),
    fact('status', `${info.status}${deleted}`),
    fact('started', `${started}${span}`),
    ...(info.userId === '' ? [] : [fact('user', info.userId)]),
    fact('artifacts', info.artifactUri),
  ].join('');
}

function fact(name: string, value: string): string {
  return `${name.padEnd(12)}${shown(value)}\n`;
}

function section(out: Output, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  out.write(`\n${paint(out, 'bold', title)}\n`);
  for (const line of lines) out.write(`  ${shown(line)}\n`);
}

function pairLines(
  out: Output,
  pairs: readonly { readonly key: string; readonly value: string }[],
): readonly string[] {
  const sorted = pairs.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const width = Math.min(40, Math.max(...sorted.map(({ key }) => key.length)));
  const room = out.isTTY ? Math.max(20, out.columns - width - 4) : Number.POSITIVE_INFINITY;
  return sorted.map(({ key, value }) => `${key.padEnd(width)}  ${cut(shown(value), room)}`);
}

function metricLines(out: Output, metrics: readonly MetricSummary[]): readonly string[] {
  if (metrics.length === 0) return [];
  const number = (value: number | undefined) => (value === undefined ? '' : formatMetric(value));
  const { text } = formatTable(
    { ...out, hasColours: false, columns: out.columns - 2 },
    [
      { title: 'metric', isFlexible: true },
      { title: 'latest', align: 'number' },
      { title: 'min', align: 'number' },
      { title: 'max', align: 'number' },
      { title: 'step', align: 'right' },
      { title: 'values', align: 'right' },
      { title: 'history', isOptional: true },
    ],
    metrics.map(({ key, latest, min, max, step, count, samples }) => [
      key,
      ...[latest, min, max].map(number),
      String(step),
      formatCount(count),
      count > 1 ? sparkline(samples, 24) : '',
    ]),
  );
  return text.trimEnd().split('\n');
}

function inputLines({ inputs }: Run): readonly string[] {
  return [
    ...inputs.datasets.map(({ dataset, tags }) => {
      const context = tags.find(({ key }) => key === 'mlflow.data.context')?.value;
      return `${dataset.name}  ${dataset.digest}  ${dataset.sourceType}${context === undefined ? '' : `  for ${context}`}`;
    }),
    ...inputs.models.map((id) => `model ${id}`),
  ];
}

function artifactLines({ entries, isCut, trouble }: ArtifactTree): readonly string[] {
  const lines = entries.map(({ path, isDirectory, size }) => {
    const parts = path.split('/');
    const indent = '  '.repeat(parts.length - 1);
    return `${indent}${parts.at(-1)}${isDirectory ? '/' : `  ${formatBytes(size)}`}`;
  });
  return [...lines, ...(isCut ? ['... and more'] : []), ...(trouble === undefined ? [] : [trouble])];
}
