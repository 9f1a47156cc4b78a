// The curves of a run as one page.
import type { MetricsRow } from '../../../../training/index.ts';
import { html, lineChart, type Markup, reportPage, type Series, smoothed } from '../../../report/index.ts';

type Point = readonly [number, number];

/** Charts that a run may have, each with the metrics in it. */
const charts: readonly {
  readonly title: string;
  readonly caption: string;
  readonly metrics: readonly string[];
}[] = [
  {
    title: 'Loss',
    caption: 'On the batch of each step, smoothed, and on the held-out data.',
    metrics: ['loss'],
  },
  {
    title: 'Reward accuracy',
    caption: 'Share of the pairs whose chosen answer has the higher reward.',
    metrics: ['rewards/accuracies'],
  },
  {
    title: 'Token accuracy',
    caption: 'Share of the trained tokens that the model puts first.',
    metrics: ['mean_token_accuracy'],
  },
  { title: 'Learning rate', caption: 'The schedule.', metrics: ['learning_rate'] },
  { title: 'Gradient norm', caption: 'Before it is scaled down to max_grad_norm.', metrics: ['grad_norm'] },
];

/** A page of charts; `before`: the evaluation at step 0. */
export function plotPage(
  name: string,
  rows: readonly MetricsRow[],
  before: Readonly<Record<string, number>> | null,
): string {
  const drawn = charts.flatMap(({ title, caption, metrics }) => {
    const series = metrics.flatMap((metric) => seriesOf(metric, rows, before?.[metric]));
    return series.length === 0 ? [] : [lineChart({ title, caption, xLabel: 'optimiser step', series })];
  });
  const content: Markup = html`<h1>${name}</h1><div class="charts">${drawn}</div>`;
  return reportPage(name, content);
}

function seriesOf(metric: string, rows: readonly MetricsRow[], before: number | undefined): Series[] {
  const raw = curve(metric, rows);
  const held = curve(`eval_${metric}`, rows);
  const first: Point[] = before === undefined ? [] : [[0, before]];
  return [
    ...(raw.length === 0 ? [] : trainingSeries(raw)),
    ...(held.length === 0
      ? []
      : [{ name: 'held out', colour: 's2', points: [...first, ...held], dots: true } as const]),
  ];
}

function trainingSeries(raw: readonly Point[]): Series[] {
  return [
    { name: 'each step', colour: 's1', points: raw, faint: true },
    { name: 'smoothed', colour: 's1', points: smoothed(raw, Math.max(2, raw.length / 60)) },
  ];
}

function curve(metric: string, rows: readonly MetricsRow[]): Point[] {
  return rows.flatMap((row): Point[] => {
    const value = row[metric];
    return value === undefined ? [] : [[row.step, value]];
  });
}
