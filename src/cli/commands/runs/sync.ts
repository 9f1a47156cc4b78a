// `hone runs sync`: sends the records that trainings could not deliver.
import type { Command } from 'commander';
import type { Replayed } from '../../../app/index.ts';
import { exitStatus } from '../../exit-status.ts';
import { stopAtInterrupt } from '../../interrupt.ts';
import { shown } from '../../table/text-width.ts';
import type { Terminal } from '../../terminal.ts';

type SyncOptions = { readonly json?: true };

export function defineSync(command: Command, terminal: Terminal): void {
  command
    .description(
      'Sends the records that trainings could not deliver, because the tracker was away, to where they belong.',
    )
    .argument('<dir...>', 'output directories of runs, or directories that hold such')
    .option('--json', 'print one JSON array and nothing else')
    .addHelpText(
      'after',
      `
What has been delivered is not sent again, so that this may be repeated. Exit status 1 while something waits.

Examples:
  hone runs sync runs
  hone runs sync runs/dpo-1`,
    )
    .action((directories: readonly string[], options: SyncOptions) => sync(directories, options, terminal));
}

async function sync(directories: readonly string[], options: SyncOptions, terminal: Terminal): Promise<void> {
  const { workflows } = await import('../../../app/index.ts');
  const { syncRuns } = await workflows.syncRuns();
  const { signal, release } = stopAtInterrupt();
  const onRecord = (record: Replayed) => {
    if (!options.json) terminal.out.write(`${describe(record)}\n`);
  };
  const records = await syncRuns(directories, { signal, onRecord }).finally(release);
  if (options.json) terminal.out.write(`${JSON.stringify(records)}\n`);
  if (records.some(({ isComplete }) => !isComplete)) terminal.exitStatus = exitStatus.failed;
  if (signal.aborted) terminal.exitStatus = exitStatus.interrupted;
}

function describe({ directory, isComplete, runId, destination, refused, trouble }: Replayed): string {
  const run = runId === undefined ? '' : ` as run ${runId}`;
  const state = isComplete ? `in ${destination}${run}` : `waits for ${destination}`;
  const notTaken = refused === 0 ? '' : `, ${refused} entries refused`;
  return shown(`${directory}  ${state}${notTaken}${trouble === undefined ? '' : `: ${trouble}`}`);
}
