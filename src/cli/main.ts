// The command line: one subcommand per file of this folder, loaded when it is used.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';

/**
 * Runs one command line (without the program's own name).
 * @returns the exit status: 0 done, 2 the command line is wrong, 1 anything else
 */
export async function run(argv: readonly string[]): Promise<number> {
  const program = new Command('hone')
    .description('From a dataset to a tuned language model.')
    .version(readVersion())
    .exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
