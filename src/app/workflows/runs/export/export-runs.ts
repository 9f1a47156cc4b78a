// Exports runs, or the histories of their metrics, whole experiments or what a filter selects, as a file or a stream of text.
import { AtomicFile, InputError } from '../../../../core/index.ts';
import type { Experiment, Run } from '../../../../tracking/index.ts';
import { searchPages } from '../find-runs.ts';
import { type RunSelection, resolveSelection } from '../list-runs.ts';
import type { MetricOrder } from '../metric-order.ts';
import { pagesOf } from '../pages.ts';
import { isoTime, jsonNumber, type RunRecord, runRecord } from '../run-record.ts';
import type { RunSource } from '../run-source.ts';
import { type HistoryRow, historyColumns, runColumns } from './export-columns.ts';
import { ExportedRuns } from './exported-runs.ts';
import { joined } from './joined.ts';
import { reportChunks } from './markdown-report.ts';
import { csvChunks } from './write-csv.ts';
import { writeParquet } from './write-parquet.ts';

export const exportFormats = ['csv', 'json', 'parquet', 'md'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export type ExportRequest = RunSelection & {
  readonly format: ExportFormat;
  /** Every value of every metric: a row each, in JSON within each run. */
  readonly withHistory?: boolean;
  /** What a report ranks by, and which end is best. */
  readonly metric?: string;
  readonly order?: MetricOrder;
};

/** Where it goes: a file, which appears whole or not at all, or whoever takes the text. */
export type ExportTarget = { readonly file: string } | { readonly write: (text: string) => void };

/** Exports; resolves to the number of runs. Memory does not grow with it. @throws InputError for a format that cannot go there */
export async function exportRuns(
  source: RunSource,
  request: ExportRequest,
  target: ExportTarget,
): Promise<number> {
  checkRequest(request, target);
  const { experiments, query } = await resolveSelection(source, request);
  let count = 0;
  const runs = (async function* () {
    for await (const page of searchPages(source, query)) {
      count += page.length;
      yield* page;
    }
  })();
  await writeRuns({ source, request, target, experiments }, runs);
  return count;
}

type Exporting = {
  readonly source: RunSource;
  readonly request: ExportRequest;
  readonly target: ExportTarget;
  readonly experiments: ReadonlyMap<string, Experiment>;
};

async function writeRuns(exporting: Exporting, runs: AsyncIterable<Run>): Promise<void> {
  const { request, target, experiments } = exporting;
  const { format, withHistory = false } = request;
  if (format === 'json') return writeChunks(target, jsonChunks(exporting, runs));
  if (withHistory) {
    const rows = historyRows(exporting, runs);
    if (format === 'parquet') return writeParquet(fileOf(target), historyColumns, rows);
    return writeChunks(target, csvChunks(historyColumns, rows));
  }
  const exported = await ExportedRuns.collect(recordsOf(runs, experiments));
  try {
    const columns = runColumns(exported.keys);
    if (format === 'parquet') await writeParquet(fileOf(target), columns, exported.records());
    else if (format === 'csv') await writeChunks(target, csvChunks(columns, exported.records()));
    else await writeChunks(target, reportChunks(exported, { title: titleOf(request), ...request }));
  } finally {
    await exported.remove();
  }
}

function checkRequest({ format, withHistory }: ExportRequest, target: ExportTarget): void {
  if (format === 'md' && withHistory)
    throw new InputError('Cannot put histories into a Markdown report; take --format csv, json or parquet');
  if (format === 'parquet' && !('file' in target))
    throw new InputError('Cannot write Parquet to a terminal or a pipe; name a file by --output');
}

function fileOf(target: ExportTarget): string {
  if ('file' in target) return target.file;
  throw new TypeError('Parquet goes to files alone');
}

async function writeChunks(target: ExportTarget, chunks: AsyncIterable<string>): Promise<void> {
  if ('write' in target) {
    for await (const chunk of chunks) target.write(chunk);
    return;
  }
  const file = await AtomicFile.create(target.file);
  try {
    for await (const text of joined(chunks)) await file.write(Buffer.from(text));
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function* recordsOf(
  runs: AsyncIterable<Run>,
  experiments: ReadonlyMap<string, Experiment>,
): AsyncGenerator<RunRecord> {
  for await (const run of runs) yield runRecord(run, experiments);
}

async function* jsonChunks(
  { source, request, experiments }: Exporting,
  runs: AsyncIterable<Run>,
): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const run of runs) {
    const record = runRecord(run, experiments);
    const history = request.withHistory ? { history: await historyOf(source, run) } : {};
    yield `${separator}${JSON.stringify({ ...record, ...history })}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** By metric: `[step, time, value]`, by time. */
async function historyOf(source: RunSource, { info, metrics }: Run) {
  const histories: [string, (readonly [number, string, number | string])[]][] = [];
  for (const { key } of metrics) {
    const points: (readonly [number, string, number | string])[] = [];
    for await (const page of pagesOf((pageToken) =>
      source.history(info.runId, { key, ...(pageToken && { pageToken }) }),
    ))
      for (const { step, timestamp, value } of page)
        points.push([step, isoTime(timestamp), jsonNumber(value)]);
    histories.push([key, points]);
  }
  return Object.fromEntries(histories);
}

async function* historyRows(
  { source, experiments }: Exporting,
  runs: AsyncIterable<Run>,
): AsyncGenerator<HistoryRow> {
  for await (const { info, metrics } of runs)
    for (const { key } of metrics)
      for await (const page of pagesOf((pageToken) =>
        source.history(info.runId, { key, ...(pageToken && { pageToken }) }),
      ))
        for (const { step, timestamp, value } of page)
          yield {
            runId: info.runId,
            name: info.name,
            experiment: experiments.get(info.experimentId)?.name ?? null,
            key,
            step,
            time: isoTime(timestamp),
            value: jsonNumber(value),
          };
}

function titleOf({ experiments = [] }: ExportRequest): string {
  if (experiments.length === 0) return 'Runs of all experiments';
  return `${experiments.length === 1 ? 'Experiment' : 'Experiments'} ${experiments.join(', ')}`;
}
