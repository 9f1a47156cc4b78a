// `hone runs delete` and `hone runs restore`.
import type { Command } from 'commander';
import type { Targets } from '../../../app/index.ts';
import { InputError } from '../../../core/index.ts';
import { exitStatus } from '../../exit-status.ts';
import { addSourceOptions, locationsOf, type SourceOptions } from '../../location-options.ts';
import type { Terminal } from '../../terminal.ts';
import { reportKept } from './gc.ts';
import { withSource } from './with-source.ts';

type DeleteOptions = SourceOptions & {
  readonly experiment?: readonly string[];
  readonly permanent?: true;
  readonly yes?: true;
};

export function defineDelete(command: Command, terminal: Terminal): void {
  command
    .description('Deletes runs, or experiments with their runs; until hone runs gc they can be restored.')
    .argument('[run...]', 'ids, their first six digits, or names')
    .option('-e, --experiment <name...>', 'experiments to delete with all of their runs')
    .option('--permanent', 'delete the runs for good at once, with their artifacts; needs --yes')
    .option('--yes', 'do not ask back')
    .addHelpText(
      'after',
      `
Examples:
  hone runs delete 3f9a01 77ac2e
  hone runs delete --experiment scratch
  hone runs delete 3f9a01 --permanent --yes`,
    )
    .action((runs: readonly string[], options: DeleteOptions) => deleteRuns(runs, options, terminal));
  addSourceOptions(command);
}

export function defineRestore(command: Command, terminal: Terminal): void {
  command
    .description('Restores deleted runs, or experiments with all of their runs.')
    .argument('[run...]', 'ids, their first six digits, or names')
    .option('-e, --experiment <name...>', 'experiments to restore with all of their runs')
    .addHelpText('after', '\nExample:\n  hone runs restore 3f9a01')
    .action((runs: readonly string[], options: DeleteOptions) => restore(runs, options, terminal));
  addSourceOptions(command);
}

async function deleteRuns(
  runs: readonly string[],
  options: DeleteOptions,
  terminal: Terminal,
): Promise<void> {
  const named = namedTargets(runs, options);
  if (options.permanent) {
    await deleteForGood(runs, options, terminal);
    return;
  }
  await withSource(options, async (workflows, source) => {
    const targets = await workflows.findTargets(source, named);
    await workflows.deleteTargets(source, targets);
    terminal.out.write(`Deleted ${describe(targets)}; hone runs restore brings back\n`);
  });
}

async function deleteForGood(
  runs: readonly string[],
  options: DeleteOptions,
  terminal: Terminal,
): Promise<void> {
  if (options.experiment !== undefined)
    throw new InputError('Cannot delete experiments for good here: delete them, then run hone runs gc');
  if (!options.yes)
    throw new InputError('Cannot delete for good without --yes: nothing brings the runs back; add --yes');
  const { workflows } = await import('../../../app/index.ts');
  const { deleteForGood: purge, openExistingStores, serverOf } = await workflows.runs();
  if (serverOf(options) !== undefined)
    throw new InputError(
      'Cannot delete for good over HTTP; run this where the stores are (--data, --database), or leave out --permanent',
    );
  const stores = await openExistingStores(locationsOf(options));
  try {
    const report = await purge(stores, runs);
    if (report.failed.length > 0) terminal.exitStatus = exitStatus.failed;
    terminal.out.write(`Deleted ${describe(report.targets)} for good\n`);
    reportKept(report, terminal);
  } finally {
    await stores.close();
  }
}

async function restore(runs: readonly string[], options: DeleteOptions, terminal: Terminal): Promise<void> {
  const named = namedTargets(runs, options);
  await withSource(options, async (workflows, source) => {
    const targets = await workflows.findTargets(source, named);
    await workflows.restoreTargets(source, targets);
    terminal.out.write(`Restored ${describe(targets)}\n`);
  });
}

function namedTargets(runs: readonly string[], { experiment = [] }: DeleteOptions) {
  if (runs.length + experiment.length === 0)
    throw new InputError('Cannot tell what is meant: name runs, or experiments by --experiment');
  return { runs, experiments: experiment };
}

function describe({ runs, experiments }: Targets): string {
  return [
    ...(runs.length > 0 ? [runs.length === 1 ? `run ${runs[0]?.info.runId}` : `${runs.length} runs`] : []),
    ...experiments.map(({ name }) => `experiment '${name}'`),
  ].join(' and ');
}
