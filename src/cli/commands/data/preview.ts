// `hone data preview`: examples as the model sees them, the trained tokens marked.
import { type Command, Option } from 'commander';
import type { Purpose } from '../../../app/index.ts';
import { positiveInteger } from '../../arguments.ts';
import { addReadingOptions, type ReadingOptions, readingOptions } from '../../data-options.ts';
import { paint, type Terminal } from '../../terminal.ts';
import { formatPreview, previewLegend } from '../../train/preview.ts';

type PreviewOptions = ReadingOptions & {
  readonly model: string;
  readonly count: number;
  readonly for?: Purpose;
  readonly trainOn?: 'assistant' | 'last' | 'all';
  readonly boundary?: 'joint' | 'separate';
  readonly json?: true;
};

export function definePreview(command: Command, terminal: Terminal): void {
  command
    .description(
      'Shows examples as the model sees them, special tokens and all, with the trained tokens marked.',
    )
    .argument('<file...>', 'files, directories or globs')
    .requiredOption('--model <dir>', 'directory whose tokenizer and chat template are used')
    .option('--count <count>', 'examples shown', positiveInteger, 3)
    .addOption(
      new Option('--for <purpose>', 'what the rows are to serve').choices(['sft', 'preference', 'unpaired']),
    )
    .addOption(
      new Option('--train-on <which>', 'which messages are trained').choices(['assistant', 'last', 'all']),
    )
    .addOption(
      new Option('--boundary <how>', 'how plain prompts and completions are tokenised').choices([
        'joint',
        'separate',
      ]),
    )
    .option('--json', 'print one JSON object a line and nothing else')
    .addHelpText(
      'after',
      `
Examples:
  hone data preview pairs.jsonl --model my-model
  hone data preview runs/toy-data/sft-train.jsonl --model runs/toy-sft/final --count 1`,
    )
    .action((files: readonly string[], options: PreviewOptions) => preview(files, options, terminal));
  addReadingOptions(command);
}

async function preview(files: readonly string[], options: PreviewOptions, { out }: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { previewData } = await workflows.data();
  const { model, count, for: purpose, trainOn, boundary } = options;
  const examples = previewData({
    ...{ files, model, count },
    ...readingOptions(options),
    ...(purpose && { purpose }),
    ...(trainOn && { trainOn }),
    ...(boundary && { boundary }),
  });
  if (!options.json) out.write(`Tokens that are ${previewLegend(out)}\n`);
  for await (const example of examples) {
    if (options.json) out.write(`${JSON.stringify(example)}\n`);
    else out.write(`\n${paint(out, 'bold', example.place)}\n${formatPreview(out, example.sides)}`);
  }
}
