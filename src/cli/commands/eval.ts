// `hone eval`: how well a model does on held-out data.
import { type Command, Option } from 'commander';
import type { Evaluation, EvaluationRequest } from '../../app/index.ts';
import { positiveInteger, positiveNumber } from '../arguments.ts';
import { addReadingOptions, type ReadingOptions, readingOptions } from '../data-options.ts';
import { stopAtInterrupt } from '../interrupt.ts';
import { paint, type Terminal } from '../terminal.ts';
import { formatCount, formatMetric } from '../train/format.ts';
import { LiveLine } from '../train/live-line.ts';

type EvalOptions = Omit<EvaluationRequest, 'model' | 'columns'> &
  ReadingOptions & { readonly json?: true; readonly quiet?: true };

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Measures a model on held-out data: loss and perplexity, or for preference pairs reward accuracy.',
    )
    .argument('<model>', 'Hugging Face directory, or the directory of a LoRA adapter')
    .requiredOption('--data <file...>', 'files, directories or globs of held-out data')
    .option('--adapter <dir>', 'LoRA adapter to put over the model')
    .option('--reference <dir>', 'reference model: tells rewards against it (the model before DPO)')
    .addOption(
      new Option('--recipe <recipe>', 'what to measure; told from the data unless given').choices([
        'sft',
        'dpo',
      ]),
    )
    .option('--beta <number>', 'scale of the rewards', positiveNumber, 0.1)
    .option('--tokenizer <dir>', "directory of the tokenizer; the model's unless given")
    .option('--max-length <tokens>', 'longest example; 1024 or what the model allows', positiveInteger)
    .addOption(
      new Option('--on-long-prompt <how>', 'what to do with a prompt that fills the maximum length alone')
        .choices(['refuse', 'drop', 'cut'])
        .default('refuse'),
    )
    .addOption(
      new Option('--boundary <how>', 'how plain prompts and completions are tokenised').choices([
        'joint',
        'separate',
      ]),
    )
    .addOption(
      new Option('--train-on <which>', 'which messages of a conversation count').choices([
        'assistant',
        'last',
        'all',
      ]),
    )
    .option('--allow-special-text', 'let the text of special tokens in the data become control tokens')
    .option('--limit <count>', 'measure the first examples only', positiveInteger)
    .option('--batch-size <count>', 'examples computed at once', positiveInteger, 8)
    .option('--threads <count>', 'threads of the runtime; one for each core unless given', positiveInteger)
    .option('--json', 'print one JSON object and nothing else')
    .option('--quiet', 'show no progress')
    .addHelpText('after', help)
    .action((model: string, options: EvalOptions) => evaluate(model, options, terminal));
  addReadingOptions(command);
}

const help = `
Pairs without --reference: how often the chosen answer is the likelier one.
Pairs with --reference: also the DPO loss, reward accuracy and margin.

Give the options that the training had as settings: data.max_length is --max-length, data.boundary is --boundary.

Examples:
  hone eval runs/toy-sft/final --data runs/toy-data/sft-eval.jsonl
  hone eval runs/toy-dpo/final --data runs/toy-data/preference-eval.jsonl --reference runs/toy-sft/final
  hone eval runs/toy-dpo/final --data runs/toy-data/preference-eval.jsonl --json`;

async function evaluate(model: string, options: EvalOptions, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../app/index.ts');
  const { evaluateModel, metricHelp } = await workflows.evaluate();
  const line = new LiveLine(terminal.err);
  const { signal, release } = stopAtInterrupt();
  const { json, quiet, column, ...request } = options;
  try {
    const evaluation = await evaluateModel(
      { ...request, ...readingOptions(options), model },
      {
        signal,
        onEvent: (event) => {
          if (event.type === 'message') line.print(event.text);
          if (event.type === 'prepare' && line.isLive && !quiet)
            line.draw(`${event.what}: ${formatCount(event.done)} of ${formatCount(event.total)}`);
        },
      },
    );
    line.clear();
    terminal.out.write(
      json
        ? `${JSON.stringify({ ...evaluation, ...evaluation.metrics, metrics: undefined })}\n`
        : describe(evaluation, metricHelp, terminal),
    );
  } finally {
    line.clear();
    release();
  }
}

function describe(evaluation: Evaluation, help: Readonly<Record<string, string>>, { out }: Terminal): string {
  const { model, adapter, reference, recipe, examples, trained_tokens: tokens, cut, dropped } = evaluation;
  const noun = recipe === 'dpo' ? 'pairs' : 'examples';
  const lines = [`model      ${model}${adapter === null ? '' : ` with ${adapter}`}`];
  if (reference !== null) lines.push(`reference  ${reference}`);
  lines.push(`data       ${formatCount(examples)} ${noun}, ${formatCount(tokens)} trained tokens`);
  if (cut > 0) lines.push(`           ${formatCount(cut)} of them cut`);
  if (dropped > 0) lines.push(`           ${formatCount(dropped)} left out: their prompts are too long`);
  lines.push('');
  const order = Object.keys(help);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const metrics = Object.entries(evaluation.metrics).sort(([a], [b]) => rank(a) - rank(b));
  for (const [name, value] of metrics)
    lines.push(
      `${name.padEnd(27)}${formatMetric(value).padStart(10)}  ${paint(out, 'dim', help[name] ?? '')}`.trimEnd(),
    );
  return `${lines.join('\n')}\n`;
}
