// `hone quickstart`: from nothing to a tuned model, with a report of what each step changed.
import type { Command } from 'commander';
import { integer } from '../arguments.ts';
import { exitStatus } from '../exit-status.ts';
import { interruptSignal } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';

type QuickstartCommandOptions = {
  readonly output?: string;
  readonly seed: number;
  readonly size: string;
  readonly json?: true;
};

export function define(command: Command, terminal: Terminal): void {
  command
    .description(
      'Makes toy preference data, trains a small model on it from nothing by SFT and then DPO, and shows what each step changed.',
    )
    .option(
      '--output <dir>',
      'directory for everything it writes; a former quickstart in it is replaced (default: runs/quickstart)',
    )
    .option('--seed <n>', 'seed of the data, the weights and the answers', integer, 0)
    .option('--size <name>', 'small: about a minute; tiny: seconds, to see that everything works', 'small')
    .option('--json', 'end with one line of JSON on standard output; all else goes to standard error')
    .addHelpText('after', help)
    .action((options: QuickstartCommandOptions) => quickstart(options, terminal));
}

const help = `
Writes data/, base/ (the untrained model), sft/ and dpo/ (the two runs, each with its model in final/) and report.html.

Example:
  hone quickstart && hone chat runs/quickstart/dpo/final`;

async function quickstart(options: QuickstartCommandOptions, terminal: Terminal): Promise<void> {
  const { tunedEnvironment, tunedMark, workflows } = await import('../../app/index.ts');
  const tuned = tunedEnvironment();
  if (tuned !== undefined && terminal.restart && process.env[tunedMark] !== '1') {
    terminal.exitStatus = await terminal.restart(tuned);
    return;
  }
  const { quickstartJson, runQuickstart } = await workflows.quickstart();
  const { describeResult, QuickstartReporter } = await import('../quickstart-reporter.ts');
  // With --json standard output is for the program that reads it
  const human = options.json ? terminal.err : terminal.out;
  const reporter = new QuickstartReporter(human, terminal.err);
  const { signal, release } = interruptSignal({
    onFirst: () => {
      reporter.end();
      terminal.err.write('Stopping; press Ctrl-C again to stop at once\n');
    },
    exit: () => process.exit(exitStatus.interrupted),
  });
  try {
    const result = await runQuickstart(
      {
        seed: options.seed,
        size: options.size,
        ...(options.output !== undefined && { output: options.output }),
      },
      { signal, onEvent: reporter.onEvent },
    );
    reporter.end();
    human.write(describeResult(human, result));
    if (options.json) terminal.out.write(`${JSON.stringify(quickstartJson(result))}\n`);
  } finally {
    reporter.end();
    release();
  }
}
