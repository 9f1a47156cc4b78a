// The curves of both stages, from the runs' own metrics files.
import type { MetricsRow, RunSummary } from '../../../training/index.ts';
import { html, lineChart, type Markup, type Series, smoothed } from '../../report/index.ts';
import type { ReportFacts } from './result.ts';

type Point = readonly [number, number];

/** A metric at every step that has it. */
function curve(rows: readonly MetricsRow[], name: string): Point[] {
  return rows.flatMap((row): Point[] => {
    const value = row[name];
    return value === undefined ? [] : [[row.step, value]];
  });
}

/** A held-out metric, from before the first step on. */
function heldOut(rows: readonly MetricsRow[], name: string, { evalBefore }: RunSummary): Point[] {
  const before = evalBefore?.[name];
  return [...(before === undefined ? [] : [[0, before] as const]), ...curve(rows, `eval_${name}`)];
}

/** Training as it was and smoothed, and the held-out values. */
function trainingAndHeldOut(rows: readonly MetricsRow[], name: string, summary: RunSummary): Series[] {
  const raw = curve(rows, name);
  return [
    { name: 'each step', colour: 's1', points: raw, faint: true },
    { name: 'training, smoothed', colour: 's1', points: smoothed(raw, Math.max(2, raw.length / 60)) },
    { name: 'held out', colour: 's2', points: heldOut(rows, name, summary), dots: true },
  ];
}

export function stageCharts({ metrics, runs, configs }: ReportFacts): Markup {
  const xLabel = 'optimiser step';
  const { sft, dpo } = metrics;
  return html`<div class="charts">
${lineChart({
  title: 'SFT: loss',
  caption:
    'Negative log-likelihood per answer token (nats), on the mixture of helpful and curt answers that SFT imitates.',
  xLabel,
  series: trainingAndHeldOut(sft, 'loss', runs.sft),
  include: [0],
})}
${lineChart({
  title: 'SFT: token accuracy',
  caption:
    'Share of the answer tokens that the model puts first. Which kind of answer comes next cannot be known, so it stays below 1.',
  xLabel,
  series: trainingAndHeldOut(sft, 'mean_token_accuracy', runs.sft),
  include: [0, 1],
})}
${lineChart({
  title: 'DPO: loss',
  caption:
    'The sigmoid loss over pairs. It begins at ln 2 = 0.693, where the model is still its own reference.',
  xLabel,
  series: trainingAndHeldOut(dpo, 'loss', runs.dpo),
  include: [0],
})}
${lineChart({
  title: 'DPO: reward accuracy',
  caption:
    'Share of the pairs whose helpful answer has the higher reward. Before the first step all rewards are 0 up to rounding, and ties do not count.',
  xLabel,
  series: trainingAndHeldOut(dpo, 'rewards/accuracies', runs.dpo),
  include: [0, 1],
})}
${lineChart({
  title: 'DPO: held-out rewards',
  caption: `Reward = beta (log pi - log pi_sft) with beta ${configs.dpo.dpo?.beta ?? 0.1}, mean over the held-out pairs: what DPO raised and what it lowered.`,
  xLabel,
  series: [
    { name: 'helpful', colour: 's3', points: heldOut(dpo, 'rewards/chosen', runs.dpo), dots: true },
    { name: 'curt', colour: 's2', points: heldOut(dpo, 'rewards/rejected', runs.dpo), dots: true },
    { name: 'margin', colour: 's4', points: heldOut(dpo, 'rewards/margins', runs.dpo), dots: true },
  ],
  include: [0],
})}
${lineChart({
  title: 'Learning rate',
  caption: 'Warm-up, then a cosine (SFT) or a straight line (DPO) down to zero; in units of 0.001.',
  xLabel,
  series: [
    { name: 'SFT', colour: 's2', points: thousandths(curve(sft, 'learning_rate')) },
    { name: 'DPO', colour: 's3', points: thousandths(curve(dpo, 'learning_rate')) },
  ],
  include: [0],
})}
</div>`;
}

function thousandths(points: readonly Point[]): Point[] {
  return points.map(([x, y]) => [x, y * 1000]);
}
