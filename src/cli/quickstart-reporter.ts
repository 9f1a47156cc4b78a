// Tells a person how the quickstart goes and what came of it.
import type { QuickstartEvent, QuickstartModelName, QuickstartResult, RunEvent } from '../app/index.ts';
import { type Output, paint } from './terminal.ts';
import { formatCount, formatDuration, formatMetric, formatSize } from './train/format.ts';
import { LiveLine } from './train/live-line.ts';

/** Where nobody watches, so many lines tell of each stage. */
const plainLines = 5;

/** Narrates on one output, draws the progress line on another. */
export class QuickstartReporter {
  readonly #out: Output;
  readonly #line: LiveLine;

  constructor(out: Output, progress: Output) {
    this.#out = out;
    this.#line = new LiveLine(progress);
  }

  /** To be given to the quickstart. */
  readonly onEvent = (event: QuickstartEvent): void => {
    if (event.type === 'training') this.#training(event.stage, event.event);
    else if (event.type === 'measuring') this.#say('', 'Measuring and asking all three models ...');
    else {
      const rows = `${formatCount(event.pairs)} pairs, ${formatCount(event.heldOut)} held out`;
      this.#say('data', `${rows}: customers' questions, each with a helpful and a curt answer`);
    }
  };

  /** Takes the progress line away. */
  end(): void {
    this.#line.clear();
  }

  #say(label: string, text: string): void {
    this.#line.clear();
    this.#out.write(`${paint(this.#out, 'bold', label.padEnd(6))}${text}\n`);
  }

  #training(stage: 'sft' | 'dpo', event: RunEvent): void {
    if (event.type === 'start') this.#start(stage, event);
    else if (event.type === 'step') this.#step(stage, event);
    else if (event.type === 'prepare' && this.#line.isLive)
      this.#line.draw(`      ${event.what}: ${formatCount(event.done)} of ${formatCount(event.total)}`);
    else if (event.type === 'message') this.#say('', event.text);
    else if (event.type === 'end') {
      const { evalBefore, evalAfter, seconds } = event.summary;
      const change = `held-out loss ${metric(evalBefore?.loss)} -> ${metric(evalAfter?.loss)}`;
      this.#say('', `${change} in ${formatDuration(seconds)}`);
    }
  }

  #start(stage: 'sft' | 'dpo', { parameters, totalSteps }: RunEvent & { type: 'start' }): void {
    const what =
      stage === 'sft'
        ? `a new model of ${formatSize(parameters)} parameters imitates both kinds of answers`
        : 'the model learns which answer of each pair is preferred';
    this.#say(stage.toUpperCase(), `${what}: ${formatCount(totalSteps)} steps`);
  }

  #step(stage: 'sft' | 'dpo', { row, totalSteps, secondsLeft }: RunEvent & { type: 'step' }): void {
    const every = Math.ceil(totalSteps / plainLines);
    if (!this.#line.isLive && row.step % every !== 0 && row.step !== totalSteps) return;
    const parts = [`step ${row.step}/${totalSteps}`, `loss ${metric(row.loss)}`];
    if (stage === 'dpo') parts.push(`reward accuracy ${metric(row['rewards/accuracies'])}`);
    parts.push(`${formatCount(row.tokens_per_second ?? 0)} tokens/s`, `${formatDuration(secondsLeft)} left`);
    const text = `      ${parts.join('  ')}`;
    if (this.#line.isLive) this.#line.draw(text);
    else this.#line.print(text);
  }
}

const stages: readonly (readonly [QuickstartModelName, string])[] = [
  ['base', 'untrained'],
  ['sft', 'after SFT'],
  ['dpo', 'after DPO'],
];

/** Measurements, answers side by side, where everything lies and what to type next. */
export function describeResult(out: Output, result: QuickstartResult): string {
  // Under `npm run` in a checkout, no `hone` is on the path
  const hone = process.env.npm_lifecycle_event === undefined ? 'hone' : 'npx hone';
  const lines = [
    '',
    paint(out, 'bold', 'Held-out data        untrained   after SFT   after DPO'),
    row('loss (helpful answers)', result, ({ evalLoss }) => metric(evalLoss)),
    row('reward accuracy', result, ({ rewardAccuracy }) => metric(rewardAccuracy)),
    row('reward margin', result, ({ rewardMargin }) => metric(rewardMargin)),
    row('helpful answers', result, ({ helpful }) => `${helpful}/${result.counted}`),
    paint(
      out,
      'dim',
      'Rewards compare with the SFT model, which is thus exactly 0; a tie is not counted as accurate.',
    ),
    '',
    ...result.questions.flatMap((question, i) => [
      paint(out, 'bold', `Q          ${question}`),
      ...stages.map(([name, title]) => answerLine(out, title, result.models[name].answers[i] ?? '')),
      '',
    ]),
    paint(out, 'bold', `Done in ${formatDuration(result.seconds)}.`),
    `model      ${result.model}`,
    `report     ${result.report}`,
    '',
    'Next:',
    `  ${hone} chat ${result.model}`,
    `  ${hone} train ${result.configs.dpo} output=runs/my-dpo dpo.beta=0.3`,
    `  ${hone} train --help`,
  ];
  return `${lines.join('\n')}\n`;
}

type Model = QuickstartResult['models'][QuickstartModelName];

function row(label: string, { models }: QuickstartResult, cell: (model: Model) => string): string {
  const cells = stages.map(([name]) => cell(models[name]).padStart(12)).join('');
  return `${label.padEnd(22)}${cells.slice(4)}`;
}

function answerLine(out: Output, title: string, answer: string): string {
  const room = Math.max(40, out.columns - 12);
  const shown = answer.length > room && title === 'untrained' ? `${answer.slice(0, room - 3)}...` : answer;
  return `${paint(out, 'dim', title.padEnd(11))}${shown || '(nothing)'}`;
}

function metric(value: number | undefined): string {
  return value === undefined ? 'unknown' : formatMetric(Number(value.toFixed(3)));
}
