// A report of runs in Markdown: the best run by each metric, a leaderboard, all runs.
import { compareBy, type MetricOrder, ranksOf, usualOrder } from '../metric-order.ts';
import type { RunRecord } from '../run-record.ts';
import type { ExportedRuns } from './exported-runs.ts';

export type ReportRequest = {
  readonly title: string;
  /** What the leaderboard ranks by; the metric that most runs have unless given. */
  readonly metric?: string | undefined;
  readonly order?: MetricOrder | undefined;
};

type Best = { readonly value: number; readonly run: RunRecord; readonly count: number };

const leaders = 20;

/** Chunks of the report's text. */
export async function* reportChunks(runs: ExportedRuns, request: ReportRequest): AsyncGenerator<string> {
  const orderOf = (metric: string) =>
    metric === request.metric ? (request.order ?? usualOrder(metric)) : usualOrder(metric);
  const best = await bestOf(runs, orderOf);
  yield `# ${inline(request.title)}\n\n${await statusLine(runs)}\n`;
  if (best.size > 0) yield bestTable(best, orderOf);
  const metric = request.metric ?? mostCommon(best);
  if (metric !== undefined && best.has(metric)) yield await leaderTable(runs, metric, orderOf(metric));
  yield* allRuns(runs);
}

async function bestOf(
  runs: ExportedRuns,
  orderOf: (metric: string) => MetricOrder,
): Promise<ReadonlyMap<string, Best>> {
  const best = new Map<string, Best>();
  for await (const run of runs.records())
    for (const [metric, written] of Object.entries(run.metrics)) {
      const value = Number(written);
      if (Number.isNaN(value) || metric.startsWith('system/')) continue;
      const known = best.get(metric);
      const isBetter = known === undefined || compareBy(orderOf(metric))(value, known.value) < 0;
      best.set(metric, { ...(isBetter ? { value, run } : known), count: (known?.count ?? 0) + 1 });
    }
  return best;
}

async function statusLine(runs: ExportedRuns): Promise<string> {
  const counts = new Map<string, number>();
  for await (const { status } of runs.records()) counts.set(status, (counts.get(status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status.toLowerCase()}`);
  return `${runs.count} ${runs.count === 1 ? 'run' : 'runs'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.`;
}

function bestTable(best: ReadonlyMap<string, Best>, orderOf: (metric: string) => MetricOrder): string {
  const rows = [...best]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([metric, { value, run, count }]) => [
      metric,
      orderOf(metric) === 'min' ? 'lowest' : 'highest',
      numberText(value),
      run.name,
      run.runId,
      String(count),
    ]);
  return `\n## Best run by metric\n\n${table(['metric', 'best is', 'value', 'run', 'id', 'runs'], rows)}`;
}

async function leaderTable(runs: ExportedRuns, metric: string, order: MetricOrder): Promise<string> {
  const compare = compareBy(order);
  let found: { readonly value: number; readonly run: RunRecord }[] = [];
  for await (const run of runs.records()) {
    const value = Number(run.metrics[metric] ?? Number.NaN);
    if (Number.isNaN(value)) continue;
    found.push({ value, run });
    if (found.length >= 50 * leaders)
      found = found.sort((a, b) => compare(a.value, b.value)).slice(0, leaders);
  }
  const sorted = found.sort((a, b) => compare(a.value, b.value)).slice(0, leaders);
  const ranks = ranksOf(sorted.map(({ value }) => value));
  const rows = sorted.map(({ value, run }, index) => [
    String(ranks[index]),
    numberText(value),
    run.name,
    run.experiment ?? run.experimentId,
    run.runId,
  ]);
  const title = `Leaderboard by ${inline(metric)}, ${order === 'min' ? 'lowest' : 'highest'} first`;
  return `\n## ${title}\n\n${table(['rank', metric, 'run', 'experiment', 'id'], rows)}`;
}

async function* allRuns(runs: ExportedRuns): AsyncGenerator<string> {
  const metrics = runs.keys.metrics.filter((key) => !key.startsWith('system/'));
  const { params } = runs.keys;
  yield `\n## All runs\n\n${tableHead(['run', 'experiment', 'status', 'started', 'id', ...params, ...metrics])}`;
  for await (const run of runs.records())
    yield tableRow([
      run.name,
      run.experiment ?? run.experimentId,
      run.status,
      run.startTime ?? '',
      run.runId,
      ...params.map((key) => (Object.hasOwn(run.params, key) ? (run.params[key] ?? '') : '')),
      ...metrics.map((key) => (Object.hasOwn(run.metrics, key) ? numberText(run.metrics[key]) : '')),
    ]);
}

function mostCommon(best: ReadonlyMap<string, Best>): string | undefined {
  return [...best].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1))[0]?.[0];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableHead(head) + rows.map(tableRow).join('');
}

function tableHead(head: readonly string[]): string {
  return `${tableRow(head)}|${head.map(() => '---|').join('')}\n`;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(inline).join(' | ')} |\n`;
}

/** Text that Markdown shows as it is, on one line. */
function inline(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|]/g, '\\$&');
}

/** Six digits that matter. */
function numberText(value: number | string | undefined): string {
  const number = Number(value);
  return Number.isFinite(number) ? String(Number(number.toPrecision(6))) : String(value);
}
