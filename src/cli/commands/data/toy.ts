// `hone data toy`: preference data whose effect a person can see.
import type { Command } from 'commander';
import { integer, positiveInteger } from '../../arguments.ts';
import type { Terminal } from '../../terminal.ts';
import { formatCount } from '../../train/format.ts';

type ToyOptions = {
  readonly output: string;
  readonly count: number;
  readonly evalCount: number;
  readonly seed: number;
};

export function defineToy(command: Command, terminal: Terminal): void {
  command
    .description(
      "Makes toy data: customers' questions with a helpful and a curt answer, for SFT and DPO, with held-out parts.",
    )
    .requiredOption('--output <dir>', 'directory of the four files')
    .option('--count <rows>', 'training rows', positiveInteger, 4000)
    .option('--eval-count <rows>', 'held-out rows', positiveInteger, 200)
    .option('--seed <number>', 'the same seed makes the same data', integer, 0)
    .addHelpText(
      'after',
      `
Examples:
  hone data toy --output runs/toy-data
  hone data toy --output runs/toy-data --count 500 --seed 7`,
    )
    .action((options: ToyOptions) => toy(options, terminal));
}

async function toy({ output, ...options }: ToyOptions, { out }: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { writeToyData } = await workflows.data();
  const files = await writeToyData(output, options);
  const { count, evalCount } = options;
  for (const [file, rows] of [
    [files.sftTrain, count],
    [files.sftEval, evalCount],
    [files.preferenceTrain, count],
    [files.preferenceEval, evalCount],
  ] as const)
    out.write(`${file}: ${formatCount(rows)} rows\n`);
}
