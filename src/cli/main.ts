// The command line: one command per file of `commands/`, loaded when it is used.
import { Command } from 'commander';
import { commandTable } from './command-table.ts';
import { describeError, statusOf } from './exit-status.ts';
import { restartWith } from './restart.ts';
import { processOutput, type Terminal } from './terminal.ts';
import { readVersion } from './version.ts';

/**
 * Runs one command line (without the program's own name).
 * @returns the exit status: 0 done, 2 the user's input is wrong, 3 interrupted and resumable, 1 anything else
 */
export async function run(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  try {
    const program = await defineProgram(argv, terminal);
    await program.parseAsync(argv, { from: 'user' });
    return terminal.exitStatus;
  } catch (error) {
    const text = describeError(error);
    if (text !== undefined) terminal.err.write(text);
    return statusOf(error);
  }
}

function processTerminal(): Terminal {
  return {
    out: processOutput(process.stdout),
    err: processOutput(process.stderr),
    exitStatus: 0,
    restart: restartWith,
  };
}

/** The program with all commands by name, and the one that the command line uses in full. */
async function defineProgram(argv: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command('hone')
    .description('From a dataset to a tuned language model.')
    .version(readVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHelpWidth: () => terminal.out.columns,
      getErrHelpWidth: () => terminal.err.columns,
      getOutHasColors: () => terminal.out.hasColours,
      getErrHasColors: () => terminal.err.hasColours,
    })
    .addHelpText(
      'after',
      `
Exit status: 0 done; 2 your input is wrong; 3 interrupted and resumable; 1 anything else.
Start with: hone quickstart`,
    );
  // `hone help train` names the command second
  const used = argv.filter((word) => !word.startsWith('-')).slice(0, 2);
  for (const { name, summary, load } of commandTable) {
    const command = program.command(name).summary(summary).description(sentence(summary));
    if (name === used[0] || (used[0] === 'help' && name === used[1]))
      (await load()).define(command, terminal);
  }
  return program;
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
