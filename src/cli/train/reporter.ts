// Tells a person how a training run goes: what is trained on what, each step in one line, evaluations.
import type { RunEvent, TrainConfig, TrainingRun } from '../../app/index.ts';
import { paint, type Terminal } from '../terminal.ts';
import { formatCount, formatDuration, formatMetric, formatShare, formatSize } from './format.ts';
import { LiveLine } from './live-line.ts';
import { formatPreview, previewLegend } from './preview.ts';

type Metrics = Readonly<Record<string, number>>;

/** Where nobody watches, so many lines tell of the whole run. */
const plainLines = 40;

/** Narrates on the output, draws the progress line on the error output. */
export class TrainReporter {
  readonly #terminal: Terminal;
  readonly #config: TrainConfig;
  readonly #line: LiveLine;
  #lastEvaluation: Metrics | undefined;

  constructor(terminal: Terminal, config: TrainConfig) {
    this.#terminal = terminal;
    this.#config = config;
    this.#line = new LiveLine(terminal.err);
  }

  /** To be given to the run. */
  readonly onEvent = (event: RunEvent): void => {
    if (event.type === 'message') this.#line.print(event.text);
    else if (event.type === 'prepare') this.#prepare(event);
    else if (event.type === 'data') this.#data(event);
    else if (event.type === 'start') this.#start(event);
    else if (event.type === 'step') this.#step(event);
    else if (event.type === 'evaluation') this.#evaluation(event);
  };

  /** Takes the progress line away. */
  end(): void {
    this.#line.clear();
  }

  #say(text: string): void {
    this.#line.clear();
    this.#terminal.out.write(`${text}\n`);
  }

  #prepare({ what, done, total }: RunEvent & { type: 'prepare' }): void {
    if (this.#line.isLive) this.#line.draw(`${what}: ${formatCount(done)} of ${formatCount(total)}`);
  }

  #data(data: RunEvent & { type: 'data' }): void {
    const noun = this.#config.recipe === 'dpo' ? 'pairs' : 'examples';
    const limit = `${formatCount(data.maxLength)} tokens (data.max_length)`;
    const held = data.eval === 0 ? 'none held out' : `${formatCount(data.eval)} held out`;
    this.#say(`data      ${formatCount(data.train)} ${noun}, ${held}`);
    if (data.cut > 0) this.#say(`          ${formatCount(data.cut)} of them cut to ${limit}`);
    if (data.dropped > 0)
      this.#say(`          ${formatCount(data.dropped)} left out: their prompts alone fill ${limit}`);
    const { out } = this.#terminal;
    this.#say(`\nThe first example, ${previewLegend(out)}:\n${formatPreview(out, data.first)}`);
  }

  #start({ parameters, trained, totalSteps, fromStep }: RunEvent & { type: 'start' }): void {
    const share = trained === parameters ? 'all trained' : `${formatSize(trained)} trained (LoRA)`;
    this.#say(`model     ${this.#config.model}: ${formatSize(parameters)} parameters, ${share}`);
    const from = fromStep === 0 ? '' : `, going on after step ${formatCount(fromStep)}`;
    this.#say(`run       ${this.#config.output}: ${formatCount(totalSteps)} steps${from}`);
    if (this.#line.isLive) this.#line.draw('first step ...', true);
  }

  #evaluation({ step, metrics }: RunEvent & { type: 'evaluation' }): void {
    this.#lastEvaluation = metrics;
    this.#say(`step ${step}: ${describeEvaluation(metrics)}`);
  }

  #step({ row, totalSteps, secondsLeft }: RunEvent & { type: 'step' }): void {
    const isLast = row.step === totalSteps;
    const every = Math.ceil(totalSteps / plainLines);
    if (!this.#line.isLive && !isLast && row.step !== 1 && row.step % every !== 0) return;
    const parts = [`step ${row.step}/${totalSteps}`, `loss ${formatMetric(row.loss ?? Number.NaN)}`];
    const evalLoss = this.#lastEvaluation?.loss;
    if (evalLoss !== undefined) parts.push(`eval loss ${formatMetric(evalLoss)}`);
    const accuracy = row['rewards/accuracies'];
    if (accuracy !== undefined) parts.push(`reward accuracy ${formatShare(accuracy)}`);
    parts.push(`${formatCount(row.tokens_per_second ?? 0)} tokens/s`, `${formatDuration(secondsLeft)} left`);
    const text = parts.join('  ');
    if (this.#line.isLive) this.#line.draw(text, isLast);
    else this.#line.print(text);
  }
}

/** `eval loss 1.2, reward accuracy 0.9, margin 0.3`. */
export function describeEvaluation(metrics: Metrics): string {
  const parts: string[] = [];
  const add = (name: string, label: string, format = formatMetric) => {
    const value = metrics[name];
    if (value !== undefined) parts.push(`${label} ${format(value)}`);
  };
  add('loss', 'eval loss');
  add('perplexity', 'perplexity');
  add('rewards/accuracies', 'reward accuracy', formatShare);
  add('rewards/margins', 'reward margin');
  if (metrics['rewards/accuracies'] === undefined) add('mean_token_accuracy', 'token accuracy', formatShare);
  return parts.join(', ');
}

/** What a person wants to know when a run is over. */
export function describeEnd(
  terminal: Terminal,
  run: {
    readonly seconds: number;
    readonly steps: number;
    readonly stoppedEarly: boolean;
    readonly evalBefore: Metrics | null;
    readonly evalAfter: Metrics | null;
    readonly final: string;
    readonly output: string;
    readonly record: TrainingRun['record'];
  },
  config: TrainConfig,
): string {
  const { out } = terminal;
  const early = run.stoppedEarly ? ' (stopped early: eval_loss no longer fell)' : '';
  const lines = [
    '',
    paint(out, 'bold', `Done: ${formatCount(run.steps)} steps${early}, ${formatDuration(run.seconds)}`),
  ];
  if (run.evalBefore !== null && run.evalAfter !== null) {
    lines.push(`before    ${describeEvaluation(run.evalBefore)}`);
    lines.push(`after     ${describeEvaluation(run.evalAfter)}`);
  }
  lines.push(`model     ${run.final}`);
  if (run.record !== null) lines.push(`record    ${describeRecord(run.record, run.output)}`);
  lines.push('', 'Next:');
  if (config.lora !== null) lines.push(`  hone merge ${run.final} --output ${config.output}/merged`);
  lines.push(`  hone chat ${run.final}`);
  const held = config.data.eval;
  const reference = config.recipe === 'dpo' ? ` --reference ${config.dpo?.reference ?? config.model}` : '';
  if (held !== null) lines.push(`  hone eval ${run.final} --data ${[held].flat().join(' ')}${reference}`);
  return `${lines.join('\n')}\n`;
}

/** Where the run is recorded, in one line. */
function describeRecord(record: NonNullable<TrainingRun['record']>, output: string): string {
  const { runId, destination, refused, isComplete, trouble, lost } = record;
  if (!isComplete)
    return `not yet in ${destination} (${trouble}); it waits in ${output}/tracking: hone runs sync ${output}`;
  const faults = [
    ...(refused > 0 ? [`${refused} entries were refused: ${trouble ?? `see ${record.directory}`}`] : []),
    ...(lost > 0 ? [`${lost} entries were lost: the disk did not take them`] : []),
  ];
  return `hone runs show ${runId} (in ${destination})${faults.map((fault) => `; ${fault}`).join('')}`;
}
